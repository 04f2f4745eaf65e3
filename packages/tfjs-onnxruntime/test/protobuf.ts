/** A field's value: bytes hold a text or a message. */
type Field = bigint | number | Uint8Array;

/** The fields of a protobuf message by their number, each with its values in order. */
export class Message {
  private readonly fields = new Map<number, Field[]>();

  constructor(private readonly bytes: Uint8Array) {
    for (let place = 0; place < bytes.length;) {
      const tag = this.varint(place);
      const field = this.field(Number(tag.value % 8n), tag.end);
      const number = Number(tag.value / 8n);
      this.fields.set(number, [...(this.fields.get(number) ?? []), field.value]);
      place = field.end;
    }
  }

  all(field: number): Field[] {
    return this.fields.get(field) ?? [];
  }

  texts(field: number): string[] {
    return this.all(field).map((value) => new TextDecoder().decode(value as Uint8Array));
  }

  integers(field: number): number[] {
    return this.all(field).map((value) => Number(BigInt.asIntN(64, value as bigint)));
  }

  messages(field: number): Message[] {
    return this.all(field).map((value) => new Message(value as Uint8Array));
  }

  private field(type: number, place: number): { value: Field; end: number } {
    if (type === 0) return this.varint(place);
    if (type === 5) {
      const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + place, 4);
      return { value: view.getFloat32(0, true), end: place + 4 };
    }
    if (type !== 2) throw new Error(`Expected a varint, bytes or a float but received type ${type}`);
    const length = this.varint(place);
    const end = length.end + Number(length.value);
    if (end > this.bytes.length) throw new Error(`Expected ${length.value} bytes at ${length.end}`);
    return { value: this.bytes.subarray(length.end, end), end };
  }

  private varint(place: number): { value: bigint; end: number } {
    let value = 0n;
    for (let index = 0; index < 10; index++) {
      const byte = this.bytes[place + index];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return { value, end: place + index + 1 };
    }
    throw new Error(`Expected a number of at most ten bytes at ${place}`);
  }
}

/** What the tests ask of an ONNX file; the numbers are those of onnx.proto. */
export function readModel(file: Uint8Array): {
  operatorSets: (readonly [domain: string | undefined, version: number | undefined])[];
  metadata: string[][];
  nodes: { op: string | undefined; domain: string }[];
} {
  const model = new Message(file);
  return {
    operatorSets: model.messages(8).map((set) => [set.texts(1)[0], set.integers(2)[0]]),
    metadata: model.messages(14).map((entry) => [...entry.texts(1), ...entry.texts(2)]),
    nodes: model
      .messages(7)
      .flatMap((graph) => graph.messages(1))
      .map((node) => ({ op: node.texts(4)[0], domain: node.texts(7).join() })),
  };
}
