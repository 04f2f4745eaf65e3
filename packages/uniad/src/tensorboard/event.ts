/** How a field is written, in the lowest three bits of its tag (https://protobuf.dev/programming-guides/encoding). */
const [VARINT, DOUBLE, BYTES, FLOAT] = [0, 1, 2, 5] as const;

/** What a TensorBoard event says; the numbers below are those of its event.proto and summary.proto. */
export interface Event {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
  /** Format of the file; its first event says it. */
  readonly fileVersion?: string;
  /** Figures of this step by name. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** A training starts here: what another one wrote of this and later steps no longer counts. */
  readonly starts?: boolean;
}

/** An event as a protobuf message. */
export function encodeEvent({ time, step, fileVersion, scalars, starts }: Event): Uint8Array {
  const values = Object.entries(scalars ?? {}).map(([name, value]) => {
    return bytes(1, Buffer.concat([bytes(1, Buffer.from(name)), float(2, value)]));
  });
  return Buffer.concat([
    double(1, time),
    step === 0 ? Buffer.alloc(0) : Buffer.concat([tag(2, VARINT), varint(step)]),
    fileVersion === undefined ? Buffer.alloc(0) : bytes(3, Buffer.from(fileVersion)),
    scalars ? bytes(5, Buffer.concat(values)) : Buffer.alloc(0),
    starts ? bytes(7, Buffer.concat([tag(1, VARINT), varint(1)])) : Buffer.alloc(0),
  ]);
}

const tag = (field: number, type: number) => varint(field * 8 + type);

/** Seven bits a byte, the lowest first; all but the last byte have the eighth bit set. */
function varint(value: number): Buffer {
  const groups: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) groups.push((value % 0x80) | 0x80);
  return Buffer.from([...groups, value]);
}

function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([tag(field, BYTES), varint(value.length), value]);
}

function double(field: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeDoubleLE(value);
  return Buffer.concat([tag(field, DOUBLE), content]);
}

function float(field: number, value: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return Buffer.concat([tag(field, FLOAT), content]);
}
