import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { put, temporaryFolder } from '../test/temporary-folder.js';
import {
  DatasetError,
  listPictures,
  openDataset,
  readMask,
  readMvtecFolder,
  readPictureFolder,
  type Dataset,
} from './index.js';

const folder = temporaryFolder();

/** A new folder that holds an (unreadable) file at each of these paths: reading a layout decodes nothing. */
async function tree(name: string, ...paths: string[]): Promise<string> {
  const root = join(folder.path, name);
  await mkdir(root, { recursive: true });
  for (const path of paths) await put('', root, path);
  return root;
}

async function refusal(reading: Promise<Dataset | string[]>): Promise<string> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DatasetError);
  return (error as DatasetError).message;
}

const screw = [
  'screw/train/good/10.png',
  'screw/train/good/2.png',
  'screw/test/good/0.png',
  'screw/test/bent/7.jpg',
  'screw/ground_truth/bent/7_mask.png',
];

describe('readMvtecFolder', () => {
  test('samples, masks and order', async () => {
    const root = await tree(
      'mvtec',
      ...screw,
      'cable/train/good/1.TIFF',
      'cable/train/good/.hidden.png',
      'cable/train/good/notes.txt',
      'licence.txt',
      '.git/train/good/1.png',
      'results/heat.png',
    );
    const dataset = await readMvtecFolder(root);
    expect(dataset.layout).toBe('mvtec');
    expect(dataset.categories.map(({ name }) => name)).toEqual(['cable', 'screw']);
    expect(dataset.categories[0]).toMatchObject({ train: [{ id: 'cable/train/good/1.TIFF' }], test: [] });
    const { train, test: tested } = dataset.categories[1]!;
    expect(train.map(({ id }) => id)).toEqual(['screw/train/good/2.png', 'screw/train/good/10.png']);
    expect(tested).toEqual([
      {
        id: 'screw/test/bent/7.jpg',
        path: join(root, 'screw/test/bent/7.jpg'),
        category: 'screw',
        split: 'test',
        defect: 'bent',
        anomalous: true,
        maskPath: join(root, 'screw/ground_truth/bent/7_mask.png'),
      },
      {
        id: 'screw/test/good/0.png',
        path: join(root, 'screw/test/good/0.png'),
        category: 'screw',
        split: 'test',
        defect: 'good',
        anomalous: false,
      },
    ]);
    expect((await readMvtecFolder(root, { categories: ['screw'] })).categories).toHaveLength(1);
    expect(await refusal(readMvtecFolder(root, { categories: ['nut'] }))).toMatch(
      /among cable, screw in .* received nut/,
    );
    expect(await refusal(readMvtecFolder(root, JSON.parse('{"category":"screw"}') as object))).toMatch(
      /received category/,
    );
  });

  test('a relative folder gives absolute paths', async () => {
    const root = await tree('relative', ...screw);
    const { categories } = await readMvtecFolder(join(root, '../relative/.'));
    expect(categories[0]!.train[0]!.path).toBe(join(root, 'screw/train/good/2.png'));
  });

  test('a missing folder, a file, another layout', async () => {
    expect(await refusal(readMvtecFolder(join(folder.path, 'nowhere')))).toMatch(
      /Expected a folder at .*nowhere but found nothing/,
    );
    expect(await refusal(readMvtecFolder(await put('', folder.path, 'file')))).toMatch(/found a file/);
    expect(await refusal(readMvtecFolder(await tree('empty')))).toMatch(/CATEGORY\/train\/good.* but found nothing/);
    expect(await refusal(readMvtecFolder(await tree('flat', '1.png', 'a/2.png')))).toMatch(/but found a\/, 1\.png/);
  });

  test('an empty category', async () => {
    const root = await tree('no-train', ...screw, 'nut/train/good/1.bmp');
    expect(await refusal(readMvtecFolder(root))).toMatch(/Expected pictures in .*nut\/train\/good but found 1\.bmp/);
    expect(await refusal(readMvtecFolder(await tree('no-good', 'nut/train/bad/1.png')))).toMatch(
      /nut\/train\/good but found nothing/,
    );
  });

  test('an anomalous picture without a mask is refused or reported, by name', async () => {
    const root = await tree('no-mask', ...screw, 'screw/test/bent/8.jpg', 'screw/test/torn/1.png');
    expect(await refusal(readMvtecFolder(root))).toMatch(
      /Expected a mask 8_mask in .*ground_truth\/bent for screw\/test\/bent\/8\.jpg/,
    );
    const warnings: string[] = [];
    const { categories } = await readMvtecFolder(root, {
      missingMasks: 'warn',
      onWarning: (message) => warnings.push(message),
    });
    expect(warnings).toEqual([expect.stringContaining('bent/8.jpg'), expect.stringContaining('torn/1.png')]);
    expect(categories[0]!.test.filter(({ maskPath }) => maskPath !== undefined)).toHaveLength(1);
  });

  test('links that lead out of the folder', async () => {
    const outside = await tree('outside', 'secret.png', 'good/1.png');
    const file = await tree('file-link', ...screw);
    await symlink(join(outside, 'secret.png'), join(file, 'screw/train/good/3.png'));
    expect(await refusal(readMvtecFolder(file))).toMatch(/3\.png to stay in .*file-link but it leads to .*secret\.png/);
    const defect = await tree('folder-link', 'screw/train/.keep', 'screw/test/good/1.png');
    await symlink(join(outside, 'good'), join(defect, 'screw/train/good'));
    expect(await refusal(readMvtecFolder(defect))).toMatch(/train\/good to stay in/);
    const category = await tree('category-link', ...screw);
    await symlink(outside, join(category, 'nut'));
    expect(await refusal(readMvtecFolder(category))).toMatch(/nut to stay in/);
    const sibling = await tree('category-link-2', ...screw);
    await symlink(sibling, join(category, 'screw/test/bolt'));
    expect(await refusal(listPictures(category))).toMatch(/to stay in/);
    const broken = await tree('broken-link', ...screw);
    await symlink('nothing', join(broken, 'screw/train/good/3.png'));
    expect(await refusal(readMvtecFolder(broken))).toMatch(/leads nowhere/);
  });

  test('links within the folder, also when the folder itself is linked', async () => {
    const root = await tree('inner-link', ...screw);
    await symlink('2.png', join(root, 'screw/train/good/3.png'));
    await symlink(root, join(folder.path, 'linked'));
    const { categories } = await readMvtecFolder(join(folder.path, 'linked'));
    expect(categories[0]!.train.map(({ id }) => basename(id))).toEqual(['2.png', '3.png', '10.png']);
  });
});

describe('readPictureFolder', () => {
  test('pictures directly in the folder are one category', async () => {
    const root = await tree('bolts', 'b.webp', 'a.JPG', 'readme.md', 'notes/todo.txt');
    const { layout, categories } = await readPictureFolder(root);
    expect(layout).toBe('pictures');
    expect(categories.map(({ name }) => name)).toEqual(['bolts']);
    expect(categories[0]!.test).toEqual([]);
    expect(categories[0]!.train[0]).toEqual({
      id: 'bolts/a.JPG',
      path: join(root, 'a.JPG'),
      category: 'bolts',
      split: 'train',
      defect: 'good',
      anomalous: false,
    });
  });

  test('one category per sub-folder', async () => {
    const root = await tree('parts', 'nut/1.png', 'bolt/1.png', 'bolt/2.gif');
    const { categories } = await readPictureFolder(root);
    expect(categories.map(({ name, train }) => [name, train.length])).toEqual([
      ['bolt', 2],
      ['nut', 1],
    ]);
    expect((await readPictureFolder(root, { categories: ['nut'] })).categories).toHaveLength(1);
  });

  test('refused', async () => {
    expect(await refusal(readPictureFolder(await tree('nothing')))).toMatch(/but found nothing/);
    expect(await refusal(readPictureFolder(await tree('documents', 'a.txt', 'b.txt')))).toMatch(/found a\.txt, b\.txt/);
    expect(await refusal(readPictureFolder(await tree('mixed', '1.png', 'nut/2.png')))).toMatch(
      /found 1\.png and nut\/2\.png/,
    );
    expect(await refusal(readPictureFolder(await tree('half', 'bolt/1.png', 'nut/a.svg')))).toMatch(
      /half\/nut but found a\.svg/,
    );
  });
});

describe('openDataset', () => {
  test('tells the layout', async () => {
    expect((await openDataset(await tree('open-mvtec', ...screw), { categories: ['screw'] })).layout).toBe('mvtec');
    expect((await openDataset(await tree('open-plain', '1.png'))).layout).toBe('pictures');
    expect(
      (await openDataset(await tree('open-nested', 'nut/1.png', 'bolt/1.png'), { categories: ['nut'] })).categories,
    ).toHaveLength(1);
  });

  test('says what it expected of neither', async () => {
    expect(await refusal(openDataset(await tree('inside', 'train/good/1.png', 'test/good/1.png')))).toMatch(
      /Expected CATEGORY\/train\/good.* or pictures, .* but found test\/, train\//,
    );
  });
});

test('listPictures goes down into sub-folders, past hidden files and linked folders', async () => {
  const root = await tree('list', 'b/10.png', 'b/2.png', 'c.jpg', '.x/1.png', 'a.txt');
  await symlink('b', join(root, 'loop'));
  expect(await listPictures(root)).toEqual(['c.jpg', 'b/2.png', 'b/10.png'].map((name) => join(root, name)));
});

const industrial = resolve(__dirname, '../../../../shared/data/industrial');
if (existsSync(industrial)) {
  test('the industrial set', async () => {
    const { layout, categories } = await openDataset(industrial);
    expect(layout).toBe('mvtec');
    const counts = categories.map(({ name, train, test: tested }) => [
      name,
      train.length,
      tested.filter(({ anomalous }) => !anomalous).length,
      tested.filter(({ anomalous, maskPath }) => anomalous && maskPath !== undefined).length,
    ]);
    expect(counts).toEqual([
      ['glass_fibre', 90, 18, 20],
      ['magnetic_tile', 240, 60, 120],
      ['screw', 320, 41, 119],
    ]);
    const defective = categories[2]!.test.find(({ anomalous }) => anomalous)!;
    const marked = (await readMask(defective, [224, 224])).reduce((sum, value) => sum + value, 0);
    expect(marked).toBeGreaterThan(0);
    expect(marked).toBeLessThan(224 * 224 * 0.2);
  });
}
