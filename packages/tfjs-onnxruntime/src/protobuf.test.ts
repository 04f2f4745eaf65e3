import { Message } from '../test/protobuf.js';
import { ProtobufWriter } from './protobuf.js';

function written(write: (writer: ProtobufWriter) => void, capacity = 1): Uint8Array {
  const writer = new ProtobufWriter(capacity);
  write(writer);
  return writer.finish();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

// The first three are the examples of https://protobuf.dev/programming-guides/encoding
it.each<[string, (writer: ProtobufWriter) => void, string]>([
  ['150', (writer) => writer.int(1, 150), '089601'],
  ['a text', (writer) => writer.text(2, 'testing'), '120774657374696e67'],
  ['a message', (writer) => writer.message(3, () => writer.int(1, 150)), '1a03089601'],
  ['a negative number', (writer) => writer.int(1, -1), '08ffffffffffffffffff01'],
  ['a text beyond ASCII', (writer) => writer.text(1, 'ü€'), '0a05c3bce282ac'],
  ['a float', (writer) => writer.float(1, -0.5), '0d000000bf'],
  ['a field above 15', (writer) => writer.int(20, 7), 'a00107'],
  ['nothing', (writer) => writer.message(1, () => {}), '0a00'],
])('writes %s', (_, write, expected) => {
  expect(hex(written(write))).toBe(expected);
  expect(hex(written(write, 100))).toBe(expected);
});

it.each([0, 127, 128, 16383, 16384, 2 ** 31, 2 ** 53 - 1, -1, -128, -(2 ** 31), -(2 ** 53 - 1)])(
  'writes %d so that it is read again',
  (value) => {
    expect(new Message(written((writer) => writer.int(5, value))).integers(5)).toEqual([value]);
  },
);

it('keeps the order of repeated values, and grows', () => {
  const values = Array.from({ length: 1000 }, (_, index) => `value ${index}`);
  const bytes = written((writer) =>
    writer.message(1, () => {
      writer.bytes(2, new Uint8Array(5000).fill(9));
      writer.each(values, (value) => writer.message(1, () => writer.text(1, value)));
    }),
  );
  const [message] = new Message(bytes).messages(1);
  expect(message?.messages(1).flatMap((inner) => inner.texts(1))).toEqual(values);
  expect(message?.all(2)).toEqual([new Uint8Array(5000).fill(9)]);
});
