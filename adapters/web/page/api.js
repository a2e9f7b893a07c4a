// The server's endpoints. Failures are `Trouble`: `code` finds the sentence, `passing` says whether trying again helps.

export class Trouble extends Error {
  constructor(code, status = 0) {
    super(code);
    this.code = code;
    this.status = status;
    this.passing = status === 0 || status === 408 || status === 429 || status >= 500;
  }
}

export const openChat = () => post("/api/chat", {});
export const login = (token) => post("/api/login", { token });
export const sendMessage = (message) => post("/api/messages", message);
export const press = (pressed) => post("/api/press", pressed);

export async function takeBack(upload) {
  await fetch(`/api/files/${encodeURIComponent(upload)}`, { method: "DELETE" }).catch(() => null);
}

export function fileAddress(item, blob) {
  return `/files/${encodeURIComponent(item)}/${encodeURIComponent(blob)}`;
}

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20000),
  }).catch(() => {
    throw new Trouble("network");
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Trouble(told.error ?? "other", answer.status);
  return told;
}

// XMLHttpRequest, because fetch does not tell how far an upload is. Returns the upload and how to stop it.
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      const told = request.response ?? {};
      if (request.status === 201) resolve(told);
      else reject(new Trouble(told.error ?? "other", request.status));
    };
    request.onerror = request.ontimeout = () => reject(new Trouble("network"));
    request.onabort = () => reject(new Trouble("stopped", 499));
  });
  request.open("POST", "/api/files");
  request.responseType = "json";
  request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  request.setRequestHeader("X-File-Name", encodeURIComponent(wellFormed(file.name)));
  request.send(file);
  return { done, stop: () => request.abort() };
}

// Half a character in a file's name (possible on Windows) would make encodeURIComponent throw.
function wellFormed(name) {
  return name.toWellFormed?.() ?? name;
}
