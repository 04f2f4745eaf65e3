/** How a field is written, in the lowest three bits of its tag. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FLOAT = 5;

const ENCODER = new TextEncoder();

/**
 * Writes one protobuf message (https://protobuf.dev/programming-guides/encoding), from its last byte to its first: the length of
 * a message stands before it, and is known only then. So what should stand last is called for first; to a reader only the order of a repeated field's values
 * matters.
 */
export class ProtobufWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  /** Bytes written so far; they are the last ones of the buffer. */
  private size = 0;

  /** @param capacity bytes that are likely to be enough; there is no limit */
  constructor(capacity: number) {
    this.buffer = new Uint8Array(capacity);
  }

  /** An integer of up to 64 bits, or an enum. */
  int(field: number, value: number): void {
    this.varint(value);
    this.tag(field, VARINT);
  }

  float(field: number, value: number): void {
    const start = this.reserve(4);
    new DataView(this.buffer.buffer).setFloat32(start, value, true);
    this.tag(field, FLOAT);
  }

  bytes(field: number, value: Uint8Array): void {
    const start = this.reserve(value.length); // Makes a new buffer where the old one is full.
    this.buffer.set(value, start);
    this.delimit(field, value.length);
  }

  text(field: number, value: string): void {
    // Most are short names in ASCII, for which an encoder takes longer than all the rest.
    if (!/^[\x20-\x7e]*$/.test(value)) {
      this.bytes(field, ENCODER.encode(value));
      return;
    }
    const start = this.reserve(value.length);
    for (let index = 0; index < value.length; index++) this.buffer[start + index] = value.charCodeAt(index);
    this.delimit(field, value.length);
  }

  /** A message in this one, with the fields that `write` calls for. */
  message(field: number, write: () => void): void {
    const before = this.size;
    write();
    this.delimit(field, this.size - before);
  }

  /** The values of a repeated field, in the order of `values`: `write` is called for the last one first. */
  each<T>(values: readonly T[], write: (value: T) => void): void {
    for (const value of values.toReversed()) write(value);
  }

  /** A view of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(this.buffer.length - this.size);
  }

  private delimit(field: number, length: number): void {
    this.varint(length);
    this.tag(field, LENGTH_DELIMITED);
  }

  private tag(field: number, type: number): void {
    this.varint(field * 8 + type);
  }

  /** Seven bits a byte, the lowest first; all but the last byte have the eighth bit set. */
  private varint(value: number): void {
    if (value < 0) {
      this.negative(value);
      return;
    }
    let count = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count++;
    let place = this.reserve(count);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.buffer[place++] = (rest % 0x80) | 0x80;
    this.buffer[place] = rest;
  }

  /** As the two's complement in 64 bits, which is ten bytes. */
  private negative(value: number): void {
    const start = this.reserve(10);
    const bits = BigInt.asUintN(64, BigInt(value));
    for (let group = 0; group < 10; group++) {
      const seven = Number((bits >> BigInt(7 * group)) & 0x7fn);
      this.buffer[start + group] = group < 9 ? seven | 0x80 : seven;
    }
  }

  /** Makes room for so many bytes before all others; gives the place of the first. */
  private reserve(count: number): number {
    this.size += count;
    if (this.size > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.size, 2 * this.buffer.length));
      larger.set(this.buffer, larger.length - this.buffer.length);
      this.buffer = larger;
    }
    return this.buffer.length - this.size;
  }
}
