/** RFC 9112 §2.1: a head as it arrived, types that its finder, its parser and its memo share. */

/** A whole head. The bytes are a view: valid until the next read into the buffer they came from. */
export interface Head {
  /** From the first byte of the request line to the LF of the empty line, both included. */
  readonly bytes: Uint8Array;
  /** Position of the CR that ends the request line. */
  readonly requestLineEnd: number;
  readonly section: FieldSection;
  /** Whether this very object comes again when its bytes do: see `head_memo.ts`. */
  readonly remembered: boolean;
}

/** What comes behind the request line: RFC 9112 §5. */
export interface FieldSection {
  /** From the CR of the request line to the LF of the empty line, both included. */
  readonly bytes: Uint8Array;
  /** Position in `bytes` of the CR that ends each line; 0, that of the request line, first, the empty line left out. */
  readonly lineEnds: readonly number[];
  /** Whether this very object comes again when its bytes do, behind whichever request line. */
  readonly remembered: boolean;
}
