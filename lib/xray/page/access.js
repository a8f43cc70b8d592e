/**
 * How the page asks the X-ray: by addresses relative to its own, so that it works below any prefix, and with the token
 * that came in its address. That moves into the storage of the tab at once: out of sight of a projector, of bookmarks and
 * of copies of the address, and where no other page of the host gets it, as one would get a cookie.
 */

const KEY = `vitrine-xray-token ${location.pathname}`;

let token = takeToken();

/** Takes the token out of the address. @returns {string | null} */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  try {
    if (given === null) return sessionStorage.getItem(KEY);
    sessionStorage.setItem(KEY, given);
  } catch {
    // No storage: then it lasts until the page is left.
  }
  history.replaceState(null, "", location.pathname);
  return given;
}

/** Calls back when another token is typed behind the address of this page. @param {() => void} callback */
export function onToken(callback) {
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#token=")) return;
    token = takeToken();
    callback();
  });
}

/**
 * As `fetch()`.
 *
 * @param {string} path Relative, such as `"traces"`.
 * @param {RequestInit & { headers?: Record<string, string> }} [init]
 * @returns {Promise<Response>}
 */
export function ask(path, init = {}) {
  const headers = { ...init.headers, ...(token === null ? {} : { "Vitrine-Token": token }) };
  return fetch(path, { ...init, headers });
}

/**
 * Posts JSON and gives JSON.
 *
 * @param {string} path
 * @param {unknown} value
 * @returns {Promise<unknown>}
 */
export async function post(path, value) {
  const response = await ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
  if (!response.ok) throw new Error(await refusalIn(response));
  return await response.json();
}

/** Why an answer is none, in words: ours, or that somebody between has spoken. @param {Response} response */
export async function refusalIn(response) {
  const text = await response.text();
  const isOurs = response.headers.get("Content-Type")?.startsWith("text/plain") &&
    text.length < 500;
  return isOurs ? text : `${response.status} from what is between this page and the X-ray`;
}
