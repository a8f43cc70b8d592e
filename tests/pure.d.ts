// What the pure files (tests/pure.json) may use of the platform: two codecs, the reading of
// addresses, and nothing that acts.
// `lib: ["esnext"]` has neither `Deno` nor these.

declare class TextEncoder {
  /** Gives the UTF-8 bytes of a string. */
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  /** The name of the encoding, in lower case. */
  readonly encoding: string;
  /** Gives the string that the bytes stand for. */
  decode(input?: Uint8Array): string;
}

declare class URL {
  /** Reads an address; null if it is none. */
  static parse(url: string): { readonly hostname: string } | null;
}

/** Named by a type of `lib/std.d.ts`; abstract, so that no pure file can make one. */
declare abstract class TransformStream<_Written, _Read> {}
