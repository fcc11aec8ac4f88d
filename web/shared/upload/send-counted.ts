// Sending a request so that it can be seen how much of its body has left: `fetch` does not say.

export interface Sent {
  /** Bytes. */
  sent: number;
  total: number;
}

/** Sends a request; its answer is as that of `fetch`. */
export async function sendCounted(request: Request, onSent: (sent: Sent) => void): Promise<Response> {
  const body = await request.blob();
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open(request.method, request.url);
    sending.responseType = "blob";
    request.headers.forEach((value, name) => sending.setRequestHeader(name, value));
    sending.upload.onprogress = ({ loaded, total }) => onSent({ sent: loaded, total });
    sending.onload = () => resolve(answerOf(sending));
    sending.onerror = () => reject(new TypeError("The request failed."));
    sending.onabort = () => reject(request.signal.reason);
    request.signal.addEventListener("abort", () => sending.abort());
    if (request.signal.aborted) reject(request.signal.reason);
    else sending.send(body);
  });
}

function answerOf(sending: XMLHttpRequest): Response {
  const body = sending.response as Blob;
  const headers = { "Content-Type": sending.getResponseHeader("Content-Type") ?? "" };
  return new Response(body.size > 0 ? body : null, { status: sending.status, statusText: sending.statusText, headers });
}
