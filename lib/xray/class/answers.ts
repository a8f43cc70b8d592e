/**
 * What a class gets at the site's own port, below `/.vitrine/me/`: the page of the X-ray, and what it shows of the requests
 * of who asks. Whose these are is known before; nothing that a request says can name anybody else's. Other sites' pages
 * are kept out as from the X-ray itself: see `guard.ts`.
 */

import type { OwnContent, Request, TargetPath } from "../../http/message.ts";
import { parseTarget } from "../../http/target.ts";
import type { Endpoint, OwnAnswer } from "../../observer.ts";
import { ASSETS } from "../assets.ts";
import { courseIn } from "../course.ts";
import type { Experiments } from "../experiments.ts";
import { isLoopback, PROXY_FIELDS } from "../guard.ts";
import { SAFETY_FIELDS } from "../safety.ts";
import { type Desk, ownDetail } from "./desk.ts";
import { PAGE_KEY } from "./heads.ts";
import { type DeskLessons, parseWish } from "./progress.ts";
import type { Streams } from "./streams.ts";
import { DeskViewer } from "./viewer.ts";

/** Of all that belongs to the page. */
const FOLDER_KEY = `${PAGE_KEY}/`;
/** How a page says where it is in a lesson: content of a request is dropped here as everywhere. */
const PROGRESS_FIELD = "vitrine-progress";
const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

/** Of a class, what answers are made of. */
export interface ClassRoom {
  readonly place: Endpoint | null;
  readonly experiments: () => Experiments;
  readonly streams: Streams;
  lessonsOf(desk: Desk): DeskLessons;
}

/** Who asks: null if that is not known; and whether a proxy has said so. */
interface Asker {
  readonly desk: Desk | null;
  readonly isProxied: boolean;
}

/** Answers a request for what is here. */
export function answerTo(
  classroom: ClassRoom,
  { request, path }: { request: Request; path: TargetPath },
  { desk, isProxied }: Asker,
): OwnAnswer {
  const { method, requestTarget } = request;
  if (path.key === PAGE_KEY) {
    // Told by a relative reference, which holds below the prefix of a proxy as well.
    const fieldLines = [...SAFETY_FIELDS, ["Location", "me/"]] as const;
    const content = { mediaType: TEXT, bytes: bytesOf("me/"), statusCode: 307, fieldLines };
    return { content };
  }
  const name = path.key.slice(FOLDER_KEY.length);
  const asset = method === "POST" ? undefined : ASSETS.get(`/${name}`);
  if (asset !== undefined) {
    return { content: contentOf(asset.mediaType, asset.text) };
  }
  const refusal = refusalOf(request, { place: classroom.place, isProxied }) ??
    (desk === null ? "A proxy is between us, and does not say whose this is" : null);
  if (refusal !== null || desk === null) {
    return { content: contentOf(TEXT, refusal ?? "", 403) };
  }
  if (method === "POST") return { content: progressOf(classroom, request, desk) };
  const { place } = classroom;
  if (name === "events" && place !== null) {
    const viewer = new DeskViewer(
      desk,
      { place, experiments: classroom.experiments },
      request.fields.get("last-event-id"),
    );
    const init = { desk, viewer, maxCount: place.maxFollowers };
    return { follow: (side) => classroom.streams.follow(side, init) };
  }
  const parameters = new URLSearchParams(requestTarget.split("?", 2)[1] ?? "");
  return { content: look(name, desk, parameters) };
}

/** The path of a request for what is here; null for all others. */
export function classPathOf({ method, path, requestTarget }: Request): TargetPath | null {
  if (!requestTarget.startsWith("/")) return null;
  if (method === "GET" || method === "HEAD") {
    const isOurs = path !== null && (path.key === PAGE_KEY || path.key.startsWith(FOLDER_KEY));
    return isOurs ? path : null;
  }
  if (method !== "POST") return null;
  try {
    const wanted = parseTarget(requestTarget, method);
    return wanted?.key === `${FOLDER_KEY}progress` ? wanted : null;
  } catch {
    return null; // It names nothing.
  }
}

/** How the page is reached. */
interface Door {
  readonly place: Endpoint | null;
  readonly isProxied: boolean;
}

/** Why a request is not one of our own page in a browser of the class; null if it may be. */
function refusalOf({ method, fields }: Request, door: Door): string | null {
  const host = (fields.get("host") ?? "").toLowerCase();
  if (!isOurHost(host, door)) {
    return "Host is not a name that is known here; open this page by the address of the machine, or name the host by --site";
  }
  // All who come through a proxy that nobody vouches for have one address, and would see each other.
  if (!door.isProxied && PROXY_FIELDS.some((name) => fields.get(name) !== null)) {
    return "This came through a proxy, which others may use as well; name it by --trust-proxy";
  }
  const fetchSite = fields.get("sec-fetch-site");
  if (fetchSite !== null && fetchSite !== "same-origin" && fetchSite !== "none") {
    return "The request comes from another site";
  }
  const origin = fields.get("origin")?.toLowerCase() ?? null;
  if (origin !== null && origin.replace(/^https?:\/\//, "") !== host && fetchSite === null) {
    return "Origin is another site";
  }
  // No form and no script of another site can send this field without asking first.
  if (method === "POST" && fields.get(PROGRESS_FIELD) === null) return "The field is missing";
  return null;
}

/**
 * Names that an attacker's DNS cannot give away, so that no page of another site can become one of ours ("DNS rebinding"):
 * addresses, names of this network alone, and those that the operator has named. With TLS none can, as the certificate has
 * our name; and behind a proxy, that one knows its own.
 */
function isOurHost(host: string, { place, isProxied }: Door): boolean {
  const name = host.replace(/:\d*$/, "").replace(/\.$/, "");
  if (place === null || name === "") return false;
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
  const isLocal = !name.includes(".") || /\.(?:local|lan|home\.arpa|internal)$/.test(name);
  return isAddress || isLocal || isLoopback(name) || isProxied || place.certificate !== null ||
    place.isNamedHost(name);
}

/** What can be looked at: one's own requests, and the lessons. */
function look(name: string, desk: Desk, parameters: URLSearchParams): OwnContent {
  if (name === "course") return json(courseIn(parameters.get("language")));
  if (name === "traces") return json(desk.entriesSince(0).map(ownDetail));
  const entry = name === "request" ? desk.entry(Number(parameters.get("id"))) : null;
  return entry === null
    ? contentOf(TEXT, "Not kept, or not any more", 404)
    : json(ownDetail(entry));
}

function progressOf(classroom: ClassRoom, { fields }: Request, desk: Desk): OwnContent {
  const wish = parseWish(parseField(fields.get(PROGRESS_FIELD) ?? ""));
  const states = wish === null ? null : classroom.lessonsOf(desk).goOn(wish);
  return states === null ? contentOf(TEXT, "No lesson", 400) : json(states);
}

/** JSON, percent-encoded, as a field holds ASCII alone. */
function parseField(text: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(text));
  } catch {
    return null;
  }
}

function json(value: unknown): OwnContent {
  return contentOf(JSON_TYPE, JSON.stringify(value));
}

function contentOf(mediaType: string, text: string, statusCode = 200): OwnContent {
  return { mediaType, bytes: bytesOf(text), statusCode, fieldLines: SAFETY_FIELDS };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
