import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { put, temporaryFolder } from '../../test/temporary-folder.js';
import { refusal, summary, trees } from '../../test/trees.js';
import { openDataset, type Dataset } from '../index.js';

const folder = temporaryFolder();
const tree = trees(folder);

const shapes = ({ layout, categories }: Dataset) => ({
  layout,
  categories: categories.map(({ name, train, test: tested }) => [
    name,
    train.length,
    tested.map(({ id, defect, hasMask }) => [id, defect, hasMask]),
  ]),
});

/** A 4 x 4 picture of one grey but for its first pixel. */
async function grey(value: number, first = value): Promise<Buffer> {
  const values = Buffer.alloc(16, value);
  values[0] = first;
  return sharp(values, { raw: { width: 4, height: 4, channels: 1 } })
    .png()
    .toBuffer();
}

describe('data sets as they are distributed', () => {
  test('MVTec AD 2: only what is public is tested on', async () => {
    const root = await tree(
      'ad2',
      'can/train/good/000_regular.png',
      'can/validation/good/000_regular.png',
      'can/test_public/good/000_regular.png',
      'can/test_public/bad/000_regular.png',
      'can/test_public/ground_truth/bad/000_regular_mask.png',
      'can/test_private/000_regular.png',
      'can/test_private_mixed/000_mixed.png',
    );
    const dataset = await openDataset(root);
    expect(shapes(dataset)).toEqual({
      layout: 'mvtec-ad-2',
      categories: [
        [
          'can',
          1,
          [
            ['can/test_public/bad/000_regular.png', 'bad', true],
            ['can/test_public/good/000_regular.png', 'good', true],
          ],
        ],
      ],
    });
    expect(summary(dataset.leftOut)).toEqual([
      expect.stringMatching(/^1 pictures: for validation/),
      expect.stringMatching(/^2 pictures: what is anomalous in them is not public/),
    ]);
  });

  test('MVTec LOCO: several masks of a picture are one', async () => {
    const root = await tree('loco', 'box/train/good/000.png', 'box/validation/good/000.png');
    await put(await grey(0), root, 'box/test/logical_anomalies/000.png');
    await put(await grey(0, 255), root, 'box/ground_truth/logical_anomalies/000/000.png');
    const last = Buffer.alloc(16);
    last[15] = 7;
    await put(
      await sharp(last, { raw: { width: 4, height: 4, channels: 1 } })
        .png()
        .toBuffer(),
      root,
      'box/ground_truth/logical_anomalies/000/001.png',
    );
    await put(await grey(0), root, 'box/test/structural_anomalies/001.png');
    const dataset = await openDataset(root);
    expect(shapes(dataset)).toEqual({
      layout: 'mvtec-loco',
      categories: [
        [
          'box',
          1,
          [
            ['box/test/logical_anomalies/000.png', 'logical_anomalies', true],
            ['box/test/structural_anomalies/001.png', 'structural_anomalies', false],
          ],
        ],
      ],
    });
    const mask = await dataset.categories[0]!.test[0]!.mask([4, 4]);
    expect([...mask!]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('BTAD, and MPDD, which is laid out like MVTec AD', async () => {
    const btad = await tree(
      'btad',
      '01/train/ok/0000.bmp',
      '01/test/ok/0001.bmp',
      '01/test/ko/0002.bmp',
      '01/ground_truth/ko/0002.png',
    );
    expect(shapes(await openDataset(btad))).toEqual({
      layout: 'btad',
      categories: [
        [
          '01',
          1,
          [
            ['01/test/ko/0002.bmp', 'ko', true],
            ['01/test/ok/0001.bmp', 'good', true],
          ],
        ],
      ],
    });
    const mpdd = await tree(
      'mpdd',
      'tubes/train/good/000.png',
      'tubes/test/good/000.png',
      'tubes/test/anomalous/000.png',
      'tubes/ground_truth/anomalous/000_mask.png',
    );
    expect(shapes(await openDataset(mpdd))).toMatchObject({
      layout: 'mvtec',
      categories: [
        [
          'tubes',
          1,
          [
            [expect.anything(), 'anomalous', true],
            [expect.anything(), 'good', true],
          ],
        ],
      ],
    });
  });

  test('VisA: its split file says what is for what', async () => {
    const root = await tree(
      'visa',
      'candle/Data/Images/Normal/0000.JPG',
      'candle/Data/Images/Normal/0001.JPG',
      'candle/Data/Images/Anomaly/000.JPG',
      'candle/Data/Masks/Anomaly/000.png',
      'pcb1/Data/Images/Normal/0000.JPG',
      'pcb1/image_anno.csv',
    );
    await put(
      'object,split,label,image,mask\n' +
        'candle,train,normal,candle/Data/Images/Normal/0000.JPG,\n' +
        'candle,test,normal,candle/Data/Images/Normal/0001.JPG,\n' +
        'candle,test,anomaly,candle/Data/Images/Anomaly/000.JPG,candle/Data/Masks/Anomaly/000.png\n' +
        'pcb1,train,normal,pcb1/Data/Images/Normal/0000.JPG,\n',
      root,
      'split_csv/1cls.csv',
    );
    const dataset = await openDataset(root);
    expect(shapes(dataset)).toEqual({
      layout: 'visa',
      categories: [
        [
          'candle',
          1,
          [
            ['candle/Data/Images/Normal/0001.JPG', 'good', true],
            ['candle/Data/Images/Anomaly/000.JPG', 'anomaly', true],
          ],
        ],
        ['pcb1', 1, []],
      ],
    });
    expect((await openDataset(root, { categories: ['pcb1'] })).categories).toHaveLength(1);
  });

  test('KolektorSDD: masks alone tell what is anomalous; a part is not in training and test', async () => {
    const root = await tree('sdd');
    for (let i = 1; i <= 6; i++) {
      for (const part of ['Part0', 'Part1']) {
        await put(await grey(9), root, `kos0${i}/${part}.jpg`);
        await put(await grey(0, i === 2 && part === 'Part1' ? 255 : 0), root, `kos0${i}/${part}_label.bmp`);
      }
    }
    const dataset = await openDataset(root);
    expect(shapes(dataset)).toEqual({
      layout: 'kolektor-sdd',
      categories: [
        [
          'sdd',
          9,
          [
            ['sdd/kos02/Part1.jpg', 'defect', true],
            ['sdd/kos05/Part0.jpg', 'good', true],
            ['sdd/kos05/Part1.jpg', 'good', true],
          ],
        ],
      ],
    });
    expect(dataset.leftOut).toEqual([]);
    expect(await dataset.categories[0]!.test[0]!.mask([4, 4])).toEqual(
      Uint8Array.from({ length: 16 }, (_, i) => Number(i === 0)),
    );
    await put(await grey(9), root, 'kos06/Part2.jpg');
    expect(await refusal(openDataset(root))).toMatch(
      /Expected a mask Part2_label of .*kos06\/Part2\.jpg but found none/,
    );
  });

  test('KolektorSDD2: anomalous training pictures are left out', async () => {
    const root = await tree('sdd2');
    for (const [name, first] of [
      ['train/10000', 0],
      ['train/10001', 255],
      ['test/20000', 0],
      ['test/20001', 255],
    ] as const) {
      await put(await grey(9), root, `${name}.png`);
      await put(await grey(0, first), root, `${name}_GT.png`);
    }
    const dataset = await openDataset(root);
    expect(shapes(dataset)).toEqual({
      layout: 'kolektor-sdd-2',
      categories: [
        [
          'sdd2',
          1,
          [
            ['sdd2/test/20000.png', 'good', true],
            ['sdd2/test/20001.png', 'defect', true],
          ],
        ],
      ],
    });
    expect(summary(dataset.leftOut)).toEqual(['1 training pictures: anomalous (sdd2/train/10001.png)']);
  });

  test("the official implementation's lists, beside the folder of pictures that they are relative to", async () => {
    const root = await tree(
      'lists/MVTec-AD',
      'mvtec_anomaly_detection/bottle/train/good/000.png',
      'mvtec_anomaly_detection/bottle/test/good/000.png',
      'mvtec_anomaly_detection/bottle/test/broken/000.png',
      'mvtec_anomaly_detection/bottle/ground_truth/broken/000_mask.png',
    );
    await put(
      '{"filename": "bottle/train/good/000.png", "label": 0, "label_name": "good", "clsname": "bottle"}\n',
      root,
      'train.json',
    );
    await put(
      '{"filename": "bottle/test/good/000.png", "label": 0, "label_name": "good", "clsname": "bottle"}\n' +
        '{"filename": "bottle/test/broken/000.png", "label": 1, "label_name": "defective", "maskname": "bottle/ground_truth/broken/000_mask.png"}\n',
      root,
      'test.json',
    );
    const expected = {
      layout: 'uniad-json',
      categories: [
        [
          'bottle',
          1,
          [
            ['bottle/test/good/000.png', 'good', true],
            ['bottle/test/broken/000.png', 'defective', true],
          ],
        ],
      ],
    };
    const dataset = await openDataset(root);
    expect(shapes(dataset)).toEqual(expected);
    expect(dataset.categories[0]!.test[1]).toMatchObject({
      masks: [join(root, 'mvtec_anomaly_detection/bottle/ground_truth/broken/000_mask.png')],
    });
    expect(shapes(await openDataset(join(root, 'train.json')))).toEqual({
      layout: 'uniad-json',
      categories: [['bottle', 1, []]],
    });
  });
});

describe('tables', () => {
  const pictures = ['a/1.png', 'a/2.png', 'a/3.png', 'm/3.png', 'm/3b.png'];

  test('with all columns, and masks that are several', async () => {
    const root = await tree('table', ...pictures);
    await put(
      '\uFEFFImage,category,split,label,defect,mask\r\n' +
        'a/1.png,nut,train,good,,\r\n' +
        'a/2.png,nut,val,0,,\r\n' +
        '"a/3.png",nut,test,1,torn,m/3.png|m/3b.png\r\n',
      root,
      'parts.csv',
    );
    for (const place of [root, join(root, 'parts.csv')]) {
      const dataset = await openDataset(place);
      expect(shapes(dataset)).toEqual({ layout: 'csv', categories: [['nut', 1, [['a/3.png', 'torn', true]]]] });
      expect(summary(dataset.leftOut)).toEqual([expect.stringMatching(/^1 pictures: for validation/)]);
    }
  });

  test('with paths alone are good pictures; without a split every fifth good one is for testing', async () => {
    const root = await tree('bare', ...Array.from({ length: 10 }, (_, i) => `${i}.png`), 'x.png');
    const lines = Array.from({ length: 10 }, (_, i) => `${i}.png`);
    await put(['path', ...lines].join('\n'), root, 'good.csv');
    await put(['path;label', ...lines.map((line) => `${line};ok`), 'x.png;ng'].join('\n'), root, 'both.csv');
    expect(shapes(await openDataset(join(root, 'good.csv')))).toEqual({
      layout: 'csv',
      categories: [['bare', 10, []]],
    });
    const both = await openDataset(join(root, 'both.csv'));
    expect(shapes(both).categories).toEqual([
      [
        'bare',
        8,
        [
          ['4.png', 'good', true],
          ['9.png', 'good', true],
          ['x.png', 'ng', false],
        ],
      ],
    ]);
    expect(summary(both.leftOut)).toEqual([expect.stringMatching(/^1 masks: these anomalous pictures have none/)]);
    expect(await refusal(openDataset(root))).toMatch(/one list of pictures in .* but found both\.csv, good\.csv/);
  });

  test('of other things do not hide the pictures beside them', async () => {
    const root = await tree('beside', '1.png');
    await put('name,weight\nnut,3\n', root, 'weights.csv');
    expect((await openDataset(root)).layout).toBe('pictures');
  });
});

test('paths of lists stay in their folder', async () => {
  const outside = await tree('outside', 'secret.png');
  const root = await tree('inside', 'a/1.png');
  await symlink(outside, join(root, 'link'));
  await symlink(join(root, 'a'), join(root, 'own'));
  const read = async (...lines: string[]) => openDataset(await put(['image', ...lines].join('\n'), root, 'list.csv'));
  for (const path of [
    '../outside/secret.png',
    'a/../../outside/secret.png',
    '..\\outside\\secret.png',
    join(outside, 'secret.png'),
  ]) {
    expect(await refusal(read('a/1.png', path))).toBe(
      `list.csv, line 3: expected a file in ${root} but received ${path}`,
    );
  }
  expect(await refusal(read('link/secret.png'))).toMatch(
    /^list\.csv, line 2: expected link\/secret\.png to stay in .* but it leads to .*secret\.png$/,
  );
  expect(await refusal(read('a'))).toMatch(/^list\.csv, line 2: expected a file at .*\/a but found a folder$/);
  expect(await refusal(read('a/2.png'))).toMatch(
    /^list\.csv, line 2: expected a file at .*\/a\/2\.png but found nothing$/,
  );
  expect(await refusal(read('a/1.png', 'a/1.png'))).toBe(
    'list.csv, line 3: expected a/1.png once but it is in list.csv, line 2 as well',
  );
  expect((await read('own/1.png')).categories[0]!.train).toHaveLength(1);
});
