// Requests to the service, and what goes wrong with them.

export const customer = "api/consultations/";
export const adminSlots = "api/admin/consultations/slots";
export const adminBookings = "api/admin/consultations/bookings";

/** An error answer (RFC 9457), or status 0 when there was no answer at all. */
class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail ?? body.title ?? "");
    this.status = status;
    this.code = body.code ?? "";
    this.errors = body.errors ?? {};
    this.alternatives = body.alternatives ?? [];
    this.conflicts = body.conflicts ?? [];
    this.retryAfter = retryAfter; // in seconds
  }
}

/** Answers below 400 and 304 are returned; others are thrown as a Problem. */
export async function send(path, { method = "GET", token, body, headers = {}, accept = "application/json" } = {}) {
  const all = { Accept: accept, ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (body) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers: all, body: body && JSON.stringify(body) });
  } catch {
    throw new Problem(0, {}, 0);
  }
  if (response.ok || response.status === 304) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})), Number(response.headers.get("Retry-After")) || 1);
}

export const json = async (path, options) => (await send(path, options)).json();

/** Empty values are left out. */
export function query(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** Hands an answer to the browser as a file. */
export async function download(path, name, options) {
  const file = await (await send(path, options)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
