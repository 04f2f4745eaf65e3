import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { put, temporaryFolder } from '../../test/temporary-folder.js';
import { refusal, summary, trees } from '../../test/trees.js';
import { listPictures, openDataset, OUTPUT_MARKER } from '../index.js';

const folder = temporaryFolder();
const tree = trees(folder);

const screw = [
  'screw/train/good/10.png',
  'screw/train/good/2.png',
  'screw/test/good/0.png',
  'screw/test/bent/7.jpg',
  'screw/ground_truth/bent/7_mask.png',
];

describe('MVTec-AD', () => {
  test('samples, masks, order, and what is left out', async () => {
    const root = await tree(
      'mvtec',
      ...screw,
      'cable/train/good/1.TIFF',
      'cable/train/good/.hidden.png',
      'cable/train/good/notes.txt',
      'cable/train/good/deep/2.png',
      'cable/train/bad/3.png',
      'nut/test/bent/1.png',
      'licence.txt',
      '.git/train/good/1.png',
    );
    const dataset = await openDataset(root);
    expect(dataset.layout).toBe('mvtec');
    expect(dataset.categories.map(({ name }) => name)).toEqual(['cable', 'screw']);
    expect(dataset.categories[0]).toMatchObject({ train: [{ id: 'cable/train/good/1.TIFF' }], test: [] });
    const { train, test: tested } = dataset.categories[1]!;
    expect(train.map(({ id }) => id)).toEqual(['screw/train/good/2.png', 'screw/train/good/10.png']);
    expect(tested).toMatchObject([
      {
        id: 'screw/test/bent/7.jpg',
        path: join(root, 'screw/test/bent/7.jpg'),
        category: 'screw',
        split: 'test',
        defect: 'bent',
        anomalous: true,
        hasMask: true,
        masks: [join(root, 'screw/ground_truth/bent/7_mask.png')],
      },
      {
        id: 'screw/test/good/0.png',
        category: 'screw',
        split: 'test',
        defect: 'good',
        anomalous: false,
        hasMask: true,
      },
    ]);
    expect(summary(dataset.leftOut)).toEqual([
      '1 pictures: deeper than train/good (cable/train/good/deep/2.png)',
      '1 pictures: in train/, but not in train/good (cable/train/bad/3.png)',
      '1 pictures: their kind has no train/ folder (nut/test/bent/1.png)',
      '2 files: not JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF (licence.txt, cable/train/good/notes.txt)',
      '2 hidden files: their names start with a dot (.git, cable/train/good/.hidden.png)',
    ]);
  });

  test('some categories', async () => {
    const root = await tree('some', ...screw, 'cable/train/good/1.png', 'cable/train/good/deep/2.png');
    const { categories, leftOut } = await openDataset(root, { categories: ['screw'] });
    expect(categories.map(({ name }) => name)).toEqual(['screw']);
    expect(leftOut).toEqual([]);
    expect(await refusal(openDataset(root, { categories: ['nut'] }))).toMatch(/among cable, screw in .* received nut/);
    expect(await refusal(openDataset(root, JSON.parse('{"category":"screw"}') as object))).toMatch(/received category/);
    expect(await refusal(openDataset(root, { format: 'coco' }))).toMatch(
      /a format among auto, .*mvtec.* but received coco/,
    );
  });

  test('one category by itself, and a relative folder', async () => {
    const root = await tree('alone', ...screw);
    const { categories } = await openDataset(join(root, '../alone/screw'));
    expect(categories.map(({ name }) => name)).toEqual(['screw']);
    expect(categories[0]!.train[0]).toMatchObject({
      id: 'screw/train/good/2.png',
      path: join(root, 'screw/train/good/2.png'),
    });
    expect(categories[0]!.test.map(({ hasMask }) => hasMask)).toEqual([true, true]);
  });

  test('a missing folder, a file, another layout', async () => {
    expect(await refusal(openDataset(join(folder.path, 'nowhere')))).toMatch(
      /Expected a folder at .*nowhere but found nothing/,
    );
    expect(await refusal(openDataset(await put('', folder.path, 'file')))).toMatch(/found a file/);
    expect(await refusal(openDataset(await tree('empty')))).toMatch(/but found nothing[^]*CATEGORY\/train\/good/);
    const flat = await tree('flat', '1.png', 'a/2.png');
    expect(await refusal(openDataset(flat, { format: 'mvtec' }))).toMatch(/but found a\/, 1\.png/);
  });

  test('an empty category', async () => {
    const root = await tree('no-train', ...screw, 'nut/train/good/1.svg');
    expect(await refusal(openDataset(root))).toMatch(/Expected pictures in .*nut\/train\/good but found 1\.svg/);
    expect(await refusal(openDataset(await tree('no-good', 'nut/train/bad/1.png')))).toMatch(
      /nut\/train\/good but found nothing/,
    );
  });

  test('an anomalous picture without a mask is counted', async () => {
    const root = await tree('no-mask', ...screw, 'screw/test/bent/8.jpg', 'screw/test/torn/1.png');
    const { categories, leftOut } = await openDataset(root);
    expect(categories[0]!.test.map(({ hasMask }) => hasMask)).toEqual([true, false, true, false]);
    expect(summary(leftOut)).toEqual([
      '2 masks: these anomalous pictures have none and count for image metrics only (screw/test/bent/8.jpg, screw/test/torn/1.png)',
    ]);
    const bare = await openDataset(await tree('labels', ...screw.slice(0, 4)));
    expect(summary(bare.leftOut)).toEqual([expect.stringMatching(/^1 masks: /)]);
  });
});

describe('links', () => {
  test('that lie in the folder are followed: to files, kinds and folders of pictures', async () => {
    const pool = await tree('pool', 'x/1.png', 'nut/train/good/1.png', 'nut/test/bent/1.png');
    const root = await tree('links', ...screw, 'bolt/train/.keep');
    await symlink(join(pool, 'nut'), join(root, 'nut'));
    await symlink(join(pool, 'x'), join(root, 'bolt/train/good'));
    await symlink(join(pool, 'x/1.png'), join(root, 'screw/train/good/3.png'));
    const { categories, leftOut } = await openDataset(root);
    expect(categories.map(({ name, train }) => [name, train.map(({ id }) => basename(id))])).toEqual([
      ['bolt', ['1.png']],
      ['nut', ['1.png']],
      ['screw', ['2.png', '3.png', '10.png']],
    ]);
    expect(summary(leftOut)).toEqual([
      '1 hidden files: their names start with a dot (bolt/train/.keep)',
      '1 masks: these anomalous pictures have none and count for image metrics only (nut/test/bent/1.png)',
    ]);
  });

  test('the folder itself may be one', async () => {
    const root = await tree('linked-to', ...screw);
    await symlink(root, join(folder.path, 'linked'));
    expect((await openDataset(join(folder.path, 'linked'))).categories[0]!.train).toHaveLength(2);
  });

  test('that lead nowhere or round in circles end no run', async () => {
    const root = await tree('circles', ...screw);
    await symlink('nothing', join(root, 'screw/train/good/3.png'));
    await symlink('self.png', join(root, 'screw/train/good/self.png'));
    await symlink('..', join(root, 'screw/up'));
    await symlink('.', join(root, 'screw/test/bent/here'));
    const { categories, leftOut } = await openDataset(root);
    expect(categories.map(({ name, train, test: tested }) => [name, train.length, tested.length])).toEqual([
      ['screw', 2, 2],
    ]);
    expect(summary(leftOut)).toEqual([
      '2 links: they lead nowhere (screw/train/good/3.png, screw/train/good/self.png)',
      '2 links: they lead to folders that were read already (screw/test/bent/here, screw/up)',
    ]);
    expect((await listPictures(root)).pictures).toHaveLength(5);
  });

  test('a kind that is linked to twice is read twice', async () => {
    const root = await tree('twice', ...screw);
    await symlink('screw', join(root, 'bolt'));
    const { categories, leftOut } = await openDataset(root);
    expect(categories.map(({ name }) => name)).toEqual(['bolt', 'screw']);
    expect(leftOut).toEqual([]);
  });
});

describe('plain pictures', () => {
  test('directly in the folder are one category', async () => {
    const root = await tree('bolts', 'b.webp', 'a.JPG', 'c.bmp', 'd.avif', 'e.jfif', 'readme.md', 'notes/todo.txt');
    const { layout, categories, leftOut } = await openDataset(root);
    expect(layout).toBe('pictures');
    expect(categories.map(({ name, train, test: tested }) => [name, train.length, tested.length])).toEqual([
      ['bolts', 5, 0],
    ]);
    expect(categories[0]!.train[0]).toMatchObject({
      id: 'bolts/a.JPG',
      path: join(root, 'a.JPG'),
      split: 'train',
      defect: 'good',
    });
    expect(summary(leftOut)).toEqual([expect.stringMatching(/^2 files: not .* \(readme\.md, notes\/todo\.txt\)$/)]);
  });

  test('one category per sub-folder', async () => {
    const root = await tree('parts', 'nut/1.png', 'bolt/1.png', 'bolt/2.gif', 'bolt/more/3.png');
    const { categories, leftOut } = await openDataset(root);
    expect(categories.map(({ name, train }) => [name, train.length])).toEqual([
      ['bolt', 2],
      ['nut', 1],
    ]);
    expect(summary(leftOut)).toEqual(['1 pictures: deeper than the pictures of their kind (bolt/more/3.png)']);
    expect((await openDataset(root, { categories: ['nut'] })).categories).toHaveLength(1);
  });

  test.each([
    ['good', 'bad'],
    ['normal', 'abnormal'],
    ['OK', 'NG'],
    ['good', 'scratch'],
  ])('%s and %s are one category, every fifth good picture is for testing', async (good, bad) => {
    const root = await tree(
      `set-${good}-${bad}`,
      ...Array.from({ length: 12 }, (_, i) => `${good}/${i}.png`),
      `${bad}/1.png`,
      `${bad}/2.png`,
      'masks/1.png',
    );
    const { layout, categories, leftOut } = await openDataset(root);
    expect(layout).toBe('pictures');
    expect(categories.map(({ name }) => name)).toEqual([basename(root)]);
    const { train, test: tested } = categories[0]!;
    expect(train.map(({ id }) => basename(id, '.png'))).toEqual(['0', '1', '2', '3', '5', '6', '7', '8', '10', '11']);
    expect(tested.map(({ id, anomalous, hasMask }) => [id.split('/').slice(1).join('/'), anomalous, hasMask])).toEqual([
      [`${good}/4.png`, false, true],
      [`${good}/9.png`, false, true],
      [`${bad}/1.png`, true, true],
      [`${bad}/2.png`, true, false],
    ]);
    expect(summary(leftOut)).toEqual([expect.stringMatching(/^1 masks: /)]);
  });

  test('good and bad below each kind, masks by defect, and bad beside the pictures', async () => {
    const root = await tree(
      'kinds',
      'nut/good/1.png',
      'nut/bad/1.png',
      'nut/ground_truth/bad/1_mask.png',
      'bolt/1.png',
      'bolt/defective/2.png',
    );
    const { categories, leftOut } = await openDataset(root);
    expect(
      categories.map(({ name, train, test: tested }) => [
        name,
        train.length,
        tested.map(({ defect, hasMask }) => [defect, hasMask]),
      ]),
    ).toEqual([
      ['bolt', 1, [['defective', false]]],
      ['nut', 1, [['bad', true]]],
    ]);
    expect(summary(leftOut)).toEqual([expect.stringMatching(/^1 masks: .*bolt\/defective\/2\.png/)]);
  });

  test('refused', async () => {
    expect(await refusal(openDataset(await tree('nothing')))).toMatch(/but found nothing/);
    expect(await refusal(openDataset(await tree('documents', 'a.txt', 'b.txt')))).toMatch(/found a\.txt, b\.txt/);
    expect(await refusal(openDataset(await tree('mixed', '1.png', 'nut/2.png')))).toMatch(
      /found 1\.png and pictures in nut\//,
    );
    expect(await refusal(openDataset(await tree('half', 'bolt/1.png', 'nut/a.svg')))).toMatch(
      /half\/nut but found a\.svg/,
    );
    expect(await refusal(openDataset(await tree('bad-only', 'bad/1.png', 'nut/2.png')))).toMatch(
      /Expected good pictures in .* beside bad\//,
    );
    expect(await refusal(openDataset(await tree('deep', 'a/b/c/1.png')))).toMatch(/Expected .* but found a\//);
  });
});

describe('what uniad wrote', () => {
  test('is no input, and is counted', async () => {
    const written = [`heat/${OUTPUT_MARKER}`, 'heat/1.png', 'heat/deeper/2.png'];
    const plain = await openDataset(await tree('written-plain', '1.png', ...written));
    expect(plain.categories[0]!.train).toHaveLength(1);
    expect(summary(plain.leftOut)).toEqual(['1 folders: uniad wrote its outputs there (heat)']);
    const kinds = await openDataset(await tree('written-kinds', 'nut/1.png', ...written));
    expect(kinds.categories.map(({ name }) => name)).toEqual(['nut']);
    const mvtec = await openDataset(
      await tree('written-mvtec', ...screw, ...written.map((name) => `screw/test/${name}`)),
    );
    expect(mvtec.categories[0]!.test).toHaveLength(2);
    expect(summary(mvtec.leftOut)).toEqual(['1 folders: uniad wrote its outputs there (screw/test/heat)']);
    const list = await listPictures(await tree('written-list', '1.png', ...written));
    expect(list.pictures.map((path) => basename(path))).toEqual(['1.png']);
    expect(summary(list.leftOut)).toEqual(['1 folders: uniad wrote its outputs there (heat)']);
  });

  test('but a folder that is asked for itself is read', async () => {
    const root = await tree('asked', OUTPUT_MARKER, '1.png');
    expect((await listPictures(root)).pictures).toHaveLength(1);
  });
});

describe('listPictures', () => {
  test('goes down into sub-folders and says what it leaves out', async () => {
    const root = await tree('list', 'b/10.png', 'b/2.png', 'c.jpg', '.x/1.png', 'a.txt', 'b/d.mp4');
    await symlink('b', join(root, 'loop'));
    const { pictures, leftOut } = await listPictures(root);
    expect(pictures).toEqual(['c.jpg', 'b/2.png', 'b/10.png'].map((name) => join(root, name)));
    expect(summary(leftOut)).toEqual([
      '1 hidden files: their names start with a dot (.x)',
      '1 links: they lead to folders that were read already (loop)',
      expect.stringMatching(/^2 files: not JPEG.* \(a\.txt, b\/d\.mp4\)$/),
    ]);
  });

  test('of many names the first three are examples', async () => {
    const root = await tree('many', ...Array.from({ length: 7 }, (_, i) => `${i}.txt`));
    expect((await listPictures(root)).leftOut).toEqual([
      {
        what: 'files',
        why: expect.stringContaining('not JPEG') as string,
        count: 7,
        examples: ['0.txt', '1.txt', '2.txt'],
      },
    ]);
  });
});

const industrial = resolve(__dirname, '../../../../../shared/data/industrial');
if (existsSync(industrial)) {
  test('the industrial set', async () => {
    const { layout, categories, leftOut } = await openDataset(industrial);
    expect([layout, leftOut]).toEqual(['mvtec', []]);
    const counts = categories.map(({ name, train, test: tested }) => [
      name,
      train.length,
      tested.filter(({ anomalous }) => !anomalous).length,
      tested.filter(({ anomalous, hasMask }) => anomalous && hasMask).length,
    ]);
    expect(counts).toEqual([
      ['glass_fibre', 90, 18, 20],
      ['magnetic_tile', 240, 60, 120],
      ['screw', 320, 41, 119],
    ]);
    const defective = categories[2]!.test.find(({ anomalous }) => anomalous)!;
    const marked = (await defective.mask([224, 224]))!.reduce((sum, value) => sum + value, 0);
    expect(marked).toBeGreaterThan(0);
    expect(marked).toBeLessThan(224 * 224 * 0.2);
  });
}
