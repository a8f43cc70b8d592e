/**
 * Makes `deno.exe` run under Wine 8, which is Debian 12's; Wine 10 runs it as it is. Two things are in the way:
 *
 * - `ProcessPrng` of `bcryptprimitives.dll`, which gives random bytes, is missing. `SystemFunction036` of `advapi32.dll` takes
 *   the same arguments and does the same; so a library that has no code, but says that it means that one, is enough.
 * - V8 reserves its memory by `VirtualAlloc2` where there is one, with placeholders that Wine 8 does not know. It looks for
 *   the function by name; under another name there is none, and it reserves memory in the old way.
 *
 * @see https://learn.microsoft.com/windows/win32/debug/pe-format
 */

const HIDDEN = ["VirtualAlloc2", "MapViewOfFile3"];

/** Spells names otherwise in the bytes of `deno.exe`, so that nothing is found by them. @throws {Error} If one is not there. */
export function hideFromV8(exe: Uint8Array): void {
  for (const name of HIDDEN) {
    const pattern = new TextEncoder().encode(`${name}\0`);
    let count = 0;
    for (let at = exe.indexOf(pattern[0]); at !== -1; at = exe.indexOf(pattern[0], at + 1)) {
      if (!pattern.every((byte, i) => exe[at + i] === byte)) continue;
      exe[at] = "_".charCodeAt(0);
      count++;
    }
    if (count === 0) throw new Error(`It does not look for ${name}`);
  }
}

/** What the library is called, which function it has, and where that is. */
export const RANDOM_DLL = "bcryptprimitives.dll";
const FUNCTION = "ProcessPrng";
const FORWARDED_TO = "advapi32.SystemFunction036";

const HEADER_BYTES = 0x200;
const SECTION_BYTES = 0x200;
/** Where its one section is in memory. */
const SECTION_AT = 0x1000;
const PE_AT = 0x40;
const OPTIONAL_HEADER_BYTES = 0xf0;

/** The bytes of a library of one function, which is that of another library: headers, and a table of exports. */
export function makeRandomDll(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + SECTION_BYTES);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  const u16 = (at: number, value: number) => view.setUint16(at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  text(0, "MZ");
  u32(0x3c, PE_AT);
  text(PE_AT, "PE");
  const header = PE_AT + 4;
  u16(header, 0x8664); // For x86-64,
  u16(header + 2, 1); // of one section,
  u16(header + 16, OPTIONAL_HEADER_BYTES);
  u16(header + 18, 0x2022); // a library.
  const optional = header + 20;
  u16(optional, 0x20b);
  view.setBigUint64(optional + 24, 0x1_8000_0000n, true); // Where it would like to be.
  u32(optional + 32, SECTION_AT); // How sections are aligned, in memory and in the file.
  u32(optional + 36, 0x200);
  u16(optional + 40, 6); // Version 6 of the system, and of the subsystem.
  u16(optional + 48, 6);
  u32(optional + 56, SECTION_AT * 2); // Bytes in memory.
  u32(optional + 60, HEADER_BYTES);
  u16(optional + 68, 3); // For the console.
  u32(optional + 108, 16); // Directories; the first one is that of exports.
  u32(optional + 112, SECTION_AT);
  u32(optional + 116, SECTION_BYTES); // A function within these is the name of another one.
  const section = optional + OPTIONAL_HEADER_BYTES;
  text(section, ".edata");
  u32(section + 8, SECTION_BYTES);
  u32(section + 12, SECTION_AT);
  u32(section + 16, SECTION_BYTES);
  u32(section + 20, HEADER_BYTES);
  u32(section + 36, 0x4000_0040); // Data, to be read.
  writeExports({ u32, text });
  return bytes;
}

/** Export directory table, its three tables of one entry, and the three texts that they name. */
function writeExports(
  { u32, text }: {
    u32: (at: number, value: number) => void;
    text: (at: number, value: string) => void;
  },
): void {
  const places = { functions: 0x28, names: 0x30, ordinals: 0x38, dll: 0x40, name: 0x60, to: 0x80 };
  const put = (offset: number, value: number) => u32(HEADER_BYTES + offset, value);
  put(12, SECTION_AT + places.dll);
  put(16, 1); // The first ordinal.
  put(20, 1); // Functions.
  put(24, 1); // Names.
  put(28, SECTION_AT + places.functions);
  put(32, SECTION_AT + places.names);
  put(36, SECTION_AT + places.ordinals);
  put(places.functions, SECTION_AT + places.to);
  put(places.names, SECTION_AT + places.name);
  text(HEADER_BYTES + places.dll, RANDOM_DLL);
  text(HEADER_BYTES + places.name, FUNCTION);
  text(HEADER_BYTES + places.to, FORWARDED_TO);
}
