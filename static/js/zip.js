// Packs files into one ZIP, uncompressed and without keeping them in memory. The same files always give the same bytes, so
// that an upload of it can go on another day. The form is that of PKWARE's APPNOTE, 4.3.

const MOST_BYTES = 0xffffffff; // more needs another form of ZIP, and so do more files
const MOST_FILES = 0xffff;
const VERSION = 20;
const NAMES_ARE_UTF8 = 1 << 11;
const FIRST_OF_1980 = 0x21; // the earliest day that there is: when a file was copied must not change the bytes

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

// found: [{file, path}].
export function canPack(found) {
  const bytes = found.reduce((sum, { file, path }) => sum + file.size + 6 * path.length + 100, 100);
  const paths = new Set(found.map(({ path }) => path));
  return bytes < MOST_BYTES && found.length <= MOST_FILES && paths.size === found.length;
}

// The ZIP as a Blob, or null once goesOn() is false. read: called with how many bytes have been read. Throws when a file
// cannot be read.
export async function pack(found, read, goesOn) {
  const parts = [];
  const directory = [];
  let [at, length, done] = [0, 0, 0];
  for (const { file, path } of [...found].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const name = new TextEncoder().encode(path);
    const sum = await checksum(file, (bytes) => (read((done += bytes)), goesOn()));
    if (!goesOn()) return null;
    const entry = [VERSION, NAMES_ARE_UTF8, 0, 0, FIRST_OF_1980, sum, file.size, file.size, name.length, 0];
    parts.push(numbers("LHHHHHLLLHH", 0x04034b50, ...entry), name, file);
    directory.push(numbers("LHHHHHHLLLHHHHHLL", 0x02014b50, VERSION, ...entry, 0, 0, 0, 0, at), name);
    at += 30 + name.length + file.size;
    length += 46 + name.length;
  }
  const end = numbers("LHHHHLLH", 0x06054b50, 0, 0, found.length, found.length, length, at, 0);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

// The CRC-32 that a ZIP wants of each file. read(bytes): false stops it.
async function checksum(file, read) {
  let sum = 0xffffffff;
  for (const reader = file.stream().getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return (sum ^ 0xffffffff) >>> 0;
    for (let place = 0; place < value.length; place++) sum = CRC_TABLE[(sum ^ value[place]) & 0xff] ^ (sum >>> 8);
    if (!read(value.length)) return reader.cancel();
  }
}

// Little-endian numbers of 2 (H) and 4 (L) bytes.
function numbers(format, ...values) {
  const sizes = [...format].map((letter) => (letter === "L" ? 4 : 2));
  const view = new DataView(new ArrayBuffer(sizes.reduce((sum, size) => sum + size)));
  let at = 0;
  sizes.forEach((size, place) => {
    if (size === 4) view.setUint32(at, values[place], true);
    else view.setUint16(at, values[place], true);
    at += size;
  });
  return view.buffer;
}
