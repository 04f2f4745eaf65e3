import { existsSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import pickles from '../../test/pickles.json';
import { readPickle } from '@uniad/pickle';
import { put, temporaryFolder } from '../../test/temporary-folder.js';
import { refusal, summary } from '../../test/trees.js';
import { measureRange, openDataset, PictureError } from '../index.js';

const folder = temporaryFolder();
const pixels = 32 * 32;

/** What a record's picture holds at a plane and a pixel, and so should the decoded one. */
const valueAt = (record: number, plane: number, pixel: number): number => (record * 31 + plane * 97 + pixel * 7) % 256;
const planes = (record: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: 3 * pixels }, (_, i) => valueAt(record, Math.floor(i / pixels), i % pixels)));

function binary(labels: readonly number[]): Buffer {
  return Buffer.concat(labels.flatMap((label, record) => [Buffer.from([label]), planes(record)]));
}

/** The operations that Python 2's cPickle writes for an official batch. */
function pythonTwo(labels: readonly number[]): Buffer {
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.from(['U'.charCodeAt(0), value.length]), Buffer.from(value)]);
  const word = (value: number): Buffer => Buffer.from([0x4d, value & 255, value >> 8]);
  const data = Buffer.concat(labels.map((_, record) => planes(record)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([
    Buffer.from('\x80\x02}q\x01(', 'latin1'),
    ...[text('batch_label'), Buffer.from('q\x02'), text('training batch 1 of 5'), Buffer.from('q\x03')],
    ...[
      text('labels'),
      Buffer.from('q\x04]q\x05('),
      ...labels.map((label) => Buffer.from([0x4b, label])),
      Buffer.from('e'),
    ],
    ...[
      text('data'),
      Buffer.from('q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85', 'latin1'),
    ],
    ...[
      text('b'),
      Buffer.from('\x87Rq\x09(K\x01', 'latin1'),
      word(labels.length),
      word(3072),
      Buffer.from('\x86', 'latin1'),
    ],
    ...[
      Buffer.from('cnumpy\ndtype\nq\x0a'),
      text('u1'),
      Buffer.from('K\x00K\x01\x87Rq\x0b(K\x03', 'latin1'),
      text('|'),
    ],
    Buffer.from('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T', 'latin1'),
    ...[length, data, Buffer.from('tb')],
    ...[text('filenames'), Buffer.from(']q\x0c('), ...labels.map((_, i) => text(`${i}.png`)), Buffer.from('eu.')],
  ]);
}

const trainLabels = [0, 5, 3, 9];
const testLabels = [1, 8, 4];

async function write(
  name: string,
  make: (labels: readonly number[]) => Buffer,
  ending: string,
  inside = '',
): Promise<string> {
  const root = join(folder.path, name);
  await put(make(trainLabels), root, inside, `data_batch_1${ending}`);
  await put(make([2, 7]), root, inside, `data_batch_2${ending}`);
  await put(make(testLabels), root, inside, `test_batch${ending}`);
  await put('', root, inside, 'readme.html');
  return root;
}

describe.each([
  ['binary', binary, '.bin', ''],
  ['Python 2', pythonTwo, '', ''],
  ['binary, as unpacked', binary, '.bin', 'cifar-10-batches-bin'],
  ['Python 2, as unpacked', pythonTwo, '', 'cifar-10-batches-py'],
])('%s', (name, make, ending, inside) => {
  test('records, classes and pixels', async () => {
    const root = await write(name, make, ending, inside);
    const { layout, categories, leftOut } = await openDataset(root);
    expect(layout).toBe('cifar-10');
    expect(categories.map((category) => category.name)).toEqual(['cifar-10']);
    const { train, test: tested } = categories[0]!;
    expect(train.map(({ id }) => id)).toEqual([
      'cifar-10/train/airplane/data_batch_1-0',
      'cifar-10/train/cat/data_batch_1-2',
      'cifar-10/train/bird/data_batch_2-0',
    ]);
    expect(tested.map(({ id, defect, anomalous, hasMask }) => [id.split('/')[2], defect, anomalous, hasMask])).toEqual([
      ['automobile', 'good', false, true],
      ['ship', 'ship', true, false],
      ['deer', 'good', false, true],
    ]);
    expect(train[1]!.path).toBe(`${join(root, inside, `data_batch_1${ending}`)}#2`);
    expect(summary(leftOut)).toEqual([
      '3 training pictures: of classes that are not normal ' +
        '(cifar-10/train/dog/data_batch_1-1, cifar-10/train/truck/data_batch_1-3, cifar-10/train/horse/data_batch_2-1)',
    ]);
    for (const [sample, record] of [
      [train[1]!, 2],
      [tested[2]!, 2],
    ] as const) {
      expect(Buffer.from(await sample.content()).equals(planes(record))).toBe(true);
      const { width, height, data } = await sample.picture();
      expect([width, height]).toEqual([32, 32]);
      const expected = Array.from({ length: 3 * pixels }, (_, i) => valueAt(record, i % 3, Math.floor(i / 3)));
      expect([...data]).toEqual(expected);
    }
    expect(await tested[0]!.mask([2, 2])).toEqual(new Uint8Array(4));
    expect(await tested[1]!.mask([2, 2])).toBeUndefined();
    expect(await measureRange(train)).toBeUndefined();
  });
});

describe('normal classes', () => {
  test('one or many against one or many', async () => {
    const root = await write('normal', binary, '.bin');
    const counts = async (normal: number[]) => {
      const { train, test: tested } = (await openDataset(root, { normal })).categories[0]!;
      return [train.length, tested.filter(({ anomalous }) => anomalous).length];
    };
    expect(await counts([5, 6, 7, 8, 9])).toEqual([3, 2]);
    expect(await counts([4])).toEqual([0, 2]);
    expect(await counts([0, 1, 2, 3, 4, 5, 6, 7, 9])).toEqual([6, 1]);
  });

  test.each([[[]], [[10]], [[-1]], [[1, 1]], [[0.5]], [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]])(
    'refuses %j',
    async (normal) => {
      const root = await write('refused', binary, '.bin');
      expect(await refusal(openDataset(root, { normal }))).toMatch(
        /one to nine different classes of 0 to 9 for normal but received/,
      );
    },
  );

  test('of another layout', async () => {
    const root = join(folder.path, 'plain');
    await put('', root, '1.png');
    expect(await refusal(openDataset(root, { normal: [1] }))).toMatch(
      /normal with the format cifar-10 only but .* is of pictures/,
    );
  });
});

test.each(pickles.right)('numpy today, $name', async ({ name, file }) => {
  const root = join(folder.path, name);
  for (const batch of ['data_batch_1', 'test_batch']) await put(inflateSync(Buffer.from(file, 'base64')), root, batch);
  const { train, test: tested } = (await openDataset(root)).categories[0]!;
  expect(train.map(({ id }) => id.split('/')[2])).toEqual(['cat', 'airplane', 'cat']);
  expect(tested.map(({ anomalous }) => anomalous)).toEqual([false, false, true, false, true]);
  expect([...(await train[2]!.content())]).toEqual(Array.from({ length: 3072 }, (_, i) => (3 * 3072 + i) % 251));
});

describe('malformed', () => {
  async function refused(file: Buffer, name = 'data_batch_1'): Promise<string> {
    const root = await write('malformed', pythonTwo, '');
    await put(file, root, name);
    return refusal(openDataset(root));
  }

  test.each(pickles.wrong)('$name', async ({ file }) => {
    expect(await refused(inflateSync(Buffer.from(file, 'base64')))).toMatch(
      /^Cannot read .*data_batch_1: expected (data of u1|a dictionary)/,
    );
  });

  test('other names are refused, not run', async () => {
    for (const [module, name] of [
      ['os', 'system'],
      ['builtins', 'eval'],
      ['numpy', 'load'],
      ['numpy.core.multiarray', '_reconstruct.__globals__'],
    ]) {
      const pickle = Buffer.from(`\x80\x02c${module}\n${name}\n(X\x04\x00\x00\x00exittR.`, 'latin1');
      expect(await refused(pickle)).toBe(
        `Cannot read ${join(folder.path, 'malformed', 'data_batch_1')}: expected nothing to run in the pickle but it names ${module}.${name}`,
      );
    }
  });

  test.each([
    ['text', 'hello', /expected a pickle of protocol 2 to 5 but it starts with 0x68/],
    ['protocol 0', '(dp1\nS"labels"\n', /protocol 2 to 5/],
    ['protocol 9', '\x80\x09N.', /protocol 2 to 5 but it starts with 0x80 0x9/],
    ['another operation', '\x80\x02F1.5\n.', /its byte 2 is operation 0x46/],
    ['nothing but an end', '\x80\x02.', /takes a value that is not there/],
    ['no end', '\x80\x02}', /truncated/],
    ['a long string', '\x80\x02T\xff\xff\xff\x7f', /truncated/],
    ['a longer one', '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff', /truncated/],
    ['a tuple without a mark', '\x80\x02t.', /not there/],
    ['items of a number', '\x80\x02K\x01U\x01aK\x02s.', /no dictionary/],
    ['a number appended to', '\x80\x02K\x01K\x02a.', /no list/],
    ['a value recalled', '\x80\x02h\x07.', /recalls/],
    ['a call of a number', '\x80\x02K\x01K\x02R.', /calls what is no name/],
    ['a name without end', '\x80\x02cnumpy', /truncated/],
    ['a list in itself', '\x80\x02]q\x00h\x00a.', /a dictionary/],
  ])('%s', async (_, content, message) => {
    expect(await refused(Buffer.from(content, 'latin1'))).toMatch(message);
  });

  test('mutated pickles are read or refused, in little memory', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
    const whole = pythonTwo([1, 2]);
    const header = whole.indexOf('T', 150);
    for (let i = 0; i < 3000; i++) {
      const file = Buffer.from(whole);
      for (let k = 0; k <= random(3); k++) file[random(header + 5)] = random(256);
      try {
        readPickle(file, { names: ['numpy.core.multiarray._reconstruct', 'numpy.ndarray', 'numpy.dtype'] });
      } catch (error) {
        expect((error as Error).message).toMatch(/pickle/);
      }
    }
  });

  test('binary', async () => {
    const root = await write('bad-binary', binary, '.bin');
    await put(binary([1, 2]).subarray(1), root, 'data_batch_1.bin');
    expect(await refusal(openDataset(root))).toMatch(
      /data_batch_1\.bin: expected whole records of 3073 bytes but the file has 6145 bytes/,
    );
    await put(binary([1, 12]), root, 'data_batch_1.bin');
    expect(await refusal(openDataset(root))).toMatch(/expected classes 0 to 9 but record 1 is of class 12/);
    await put('', root, 'data_batch_1.bin');
    expect(await refusal(openDataset(root))).toMatch(/the file is empty/);
  });

  test('no test batch', async () => {
    const root = join(folder.path, 'no-test');
    await put(binary([1]), root, 'data_batch_1.bin');
    expect(await refusal(openDataset(root))).toMatch(/and test_batch\.bin .* but found data_batch_1\.bin/);
  });

  test('a file that changes afterwards is named with the record', async () => {
    const root = await write('changed', binary, '.bin');
    const { train } = (await openDataset(root)).categories[0]!;
    await truncate(join(root, 'data_batch_1.bin'), 3073 * 2);
    await expect(train[1]!.picture()).rejects.toThrow(/data_batch_1\.bin#2: the file has become shorter/);
    await expect(train[1]!.picture()).rejects.toThrow(PictureError);
    await writeFile(join(root, 'data_batch_1.bin'), binary(trainLabels));
    await expect(train[1]!.picture(JSON.parse('{"size":1}') as object)).rejects.toThrow(/received size/);
  });
});

const official = resolve(__dirname, '../../../../../shared/data/cifar-10-batches-bin');
if (existsSync(official)) {
  test('the subset of the official files', async () => {
    const { train, test: tested } = (await openDataset(official, { normal: [0, 2, 4, 6, 8] })).categories[0]!;
    expect(train.length).toBeGreaterThan(1800);
    expect([tested.length, tested.filter(({ anomalous }) => anomalous).length]).toEqual([2000, 1000]);
    expect(new Set([...train, ...tested].map(({ id }) => id)).size).toBe(train.length + tested.length);
  });
}
