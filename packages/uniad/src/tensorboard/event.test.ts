import { encodeEvent } from './event.js';
import type { Event } from './event.js';
import { crc32c, tfRecord } from './tf-record.js';

const ascii = (text: string) => Buffer.from(text);

// RFC 3720, B.4, and the check value of the catalogue of CRC algorithms.
test.each([
  [Buffer.alloc(32), 0x8a9136aa],
  [Buffer.alloc(32, 0xff), 0x62a8ab43],
  [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  [ascii('123456789'), 0xe3069283],
  [ascii(''), 0],
])('the checksum of %p', (bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

const time = 1764069843.25;

// Written by the Python package tensorboard 2.21: RecordWriter(file).write(Event(...).SerializeToString()).
test.each<[string, Event, string]>([
  [
    'the version of the file',
    { time, step: 0, fileVersion: 'brain.Event:2' },
    '1800000000000000a37f4b22090000d0746449da411a0d627261696e2e4576656e743a3291b4b108',
  ],
  ['a start', { time, step: 1, starts: true }, '0f000000000000006d532b09090000d0746449da4110013a020801e4417797'],
  [
    'figures',
    { time: time + 1.25, step: 300, scalars: { loss: 0.25, 'test/image_auroc': 0.9 } },
    '34000000000000005e33175c09000020756449da4110ac022a260a0b0a046c6f7373150000803e0a170a10746573742f696d6167655f6175726f63156666663f0237e9a0',
  ],
  [
    'a large step, a long name beyond ASCII and a negative figure',
    { time: 0.5, step: 2 ** 40 + 5, scalars: { ['größe'.repeat(30)]: -1e-3 } },
    `f000000000000000974165aa09000000000000e03f108580808080202add010ada010ad201${'6772c3b6c39f65'.repeat(30)}156f1283bab192a3bc`,
  ],
])('%s, byte for byte as tensorboard writes it', (_, event, expected) => {
  expect(Buffer.from(tfRecord(encodeEvent(event))).toString('hex')).toBe(expected);
});
