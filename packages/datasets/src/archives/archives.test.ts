import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync, type Zippable } from 'fflate';
import { tarOf } from '../../test/tar.js';
import { png, put, temporaryFolder } from '../../test/temporary-folder.js';
import { refusal } from '../../test/trees.js';
import { extractArchive, openDataset } from '../index.js';

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder.path, ...names);
const names = (path: string) => readdir(path).catch(() => undefined);

/** `nut/train/good/1.png` and `nut/test/bent/2.png`, as xz 5.4 packs them. */
const xz = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AP1dADcdStER3RNWZxigIxoze6aKgG6QNOact2fbEnilDO/NeoE9SwOK5uquEvLEa4xdx6xM' +
    'suYg6DhXoL3G0DXfl7IKPFCx4lWQPP4pyF78Mtm8g2ik5W/HEruy2k6UhyhPvjj6wTjnqCwzr0mjTA4sWye82b/eKTu2RI/S6uul5BFRtlfsy' +
    '9HraTBM6LWaZDch/OZvghJPw890mJREZj04jmXC0W/P60O6BOYXkuZD4YbAcWtLaZE7zEZvSAKVkF22fNAJ0UrtVATv1qZ6U/z7X9k07SocAQ' +
    'gmf+8GaNxvPrJDW4GCDekVAjnFJ9RyFm0NuBa7u062barPflQ/EQAAAAAAcsrfnU7rmgsAAZkCgFAAAL1YGQKxxGf7AgAAAAAEWVo=',
  'base64',
);

async function tree(): Promise<Record<string, Buffer>> {
  return { 'nut/train/good/1.png': await png(), 'nut/test/bent/2.png': await png(200) };
}

const tarred = async (prefix = '') =>
  tarOf(Object.entries(await tree()).map(([path, content]) => ({ path: prefix + path, content })));
const zipped = async (prefix = '') =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(await tree()).map(([path, content]) => [prefix + path, content]))),
  );

describe('a data set in an archive', () => {
  test.each([
    ['.tar', () => tarred('./')],
    ['.tar.gz', async () => gzipSync(await tarred())],
    ['.tgz', async () => gzipSync(await tarred('whole/'))],
    ['.tar.xz', async () => xz],
    ['.zip', zipped],
    ['.ZIP', () => zipped('deep/deeper/')],
  ])('%s is extracted once, and read', async (ending, make) => {
    const archive = await put(await make(), folder.path, `set${ending}`);
    const cache = at('cache');
    const progress: number[] = [];
    const read = () =>
      openDataset(archive, {
        cache,
        onProgress: ({ done, total }) => progress.push(done / total),
      });
    const { layout, categories } = await read();
    expect(layout).toBe('mvtec');
    expect(categories.map(({ name, train, test: tested }) => [name, train.length, tested.length])).toEqual([
      ['nut', 1, 1],
    ]);
    expect((await categories[0]!.train[0]!.picture()).data[0]).toBe(10);
    expect(categories[0]!.train[0]!.path.startsWith(join(cache, 'datasets'))).toBe(true);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
    const told = progress.length;
    const { ino } = await stat(categories[0]!.train[0]!.path);
    expect((await stat((await read()).categories[0]!.train[0]!.path)).ino).toBe(ino);
    expect(progress).toHaveLength(told);
  });

  test('that is another by now is extracted anew', async () => {
    const archive = await put(await tarred(), folder.path, 'changing.tar');
    await openDataset(archive, { cache: at('cache') });
    await put(tarOf([{ path: 'bolt/train/good/1.png', content: await png() }]), archive);
    expect((await openDataset(archive, { cache: at('cache') })).categories.map(({ name }) => name)).toEqual(['bolt']);
  });

  test('of pictures alone, and beside a folder', async () => {
    const archive = await put(tarOf([{ path: 'pictures/1.png', content: await png() }]), folder.path, 'flat.tar');
    expect((await openDataset(archive, { cache: at('cache') })).categories.map(({ name }) => name)).toEqual([
      'pictures',
    ]);
    const other = await put(await tarred(), folder.path, 'other.tar');
    expect((await openDataset([archive, other], { cache: at('cache') })).layout).toBe('pictures + mvtec');
  });
});

describe('what an archive must not do', () => {
  const content = Buffer.from('x');
  const zip = (files: Zippable) => Buffer.from(zipSync(files));
  const unix = (mode: number, data = content) => [data, { os: 3, attrs: (mode << 16) >>> 0 }] as Zippable[string];

  const cases: [string, string, () => Buffer | Promise<Buffer>, RegExp][] = [
    [
      '..',
      'a.tar',
      () => tarOf([{ path: '../out.txt', content }]),
      /paths inside of the folder but found "\.\.\/out\.txt"/,
    ],
    ['.. within', 'b.tar', () => tarOf([{ path: 'a/../../out.txt', content }]), /found "a\/\.\.\/\.\.\/out\.txt"/],
    ['.. with backslashes', 'c.tar', () => tarOf([{ path: '..\\out.txt', content }]), /found "\.\.(\\\\|\/)out\.txt"/],
    ['absolute', 'd.tar', () => tarOf([{ path: '/out.txt', content }]), /found "\/out\.txt"/],
    ['a drive', 'e.tar', () => tarOf([{ path: 'C:/out.txt', content }]), /found "C:\/out\.txt"/],
    [
      'a symbolic link',
      'f.tar',
      () => tarOf([{ path: 'link', type: 'SymbolicLink', linkpath: '/etc' }]),
      /link is a symbolic link/,
    ],
    [
      'a symbolic link and a file through it',
      'g.tar',
      () =>
        tarOf([
          { path: 'l', type: 'SymbolicLink', linkpath: '..' },
          { path: 'l/out.txt', content },
        ]),
      /l is a symbolic link/,
    ],
    [
      'a hard link',
      'h.tar',
      () => tarOf([{ path: 'hard', type: 'Link', linkpath: '/etc/passwd' }]),
      /hard is a hard link/,
    ],
    ['a character device', 'i.tar', () => tarOf([{ path: 'null', type: 'CharacterDevice' }]), /null is a device/],
    ['a block device', 'j.tar', () => tarOf([{ path: 'sda', type: 'BlockDevice' }]), /sda is a device/],
    ['a pipe', 'k.tar', () => tarOf([{ path: 'fifo', type: 'FIFO' }]), /fifo is a pipe/],
    [
      'a file twice',
      'l.tar',
      () =>
        tarOf([
          { path: 'a.txt', content },
          { path: './a.txt', content },
        ]),
      /every file once but found \.?\/?a\.txt again/,
    ],
    ['a file without a name', 'm.tar', () => tarOf([{ path: './.', content }]), /a name for every file/],
    [
      'cut off in a file',
      'n.tar',
      async () => (await tarred()).subarray(0, 700),
      /Cannot extract .*n\.tar: .*[Tt]runcated/,
    ],
    [
      'cut off after a file',
      'o.tar',
      async () => (await tarred()).subarray(0, -1024),
      /the end of the tar but the file is cut off/,
    ],
    [
      'another header',
      'p.tar',
      async () => Buffer.concat([(await tarred()).subarray(0, 1024).fill(7, 100, 140), Buffer.alloc(1024)]),
      /Cannot extract .*p\.tar: /,
    ],
    ['no tar at all', 'q.tar', () => Buffer.from('hello '.repeat(500)), /Cannot extract .*q\.tar: /],
    ['an empty file', 'r.tar', () => Buffer.alloc(0), /Cannot extract .*r\.tar: /],
    [
      'gzip cut off',
      's.tar.gz',
      async () => gzipSync(await tarred()).subarray(0, -20),
      /Cannot extract .*s\.tar\.gz: unexpected end of file/,
    ],
    ['no gzip', 't.tar.gz', () => Buffer.from('hello'), /incorrect header check/],
    ['xz cut off', 'u.tar.xz', () => xz.subarray(0, 250), /expected xz but it is damaged or cut off/],
    ['xz changed', 'v.tar.xz', () => Buffer.from(xz).fill(1, 100, 110), /expected xz but it is damaged or cut off/],
    ['no xz', 'w.tar.xz', () => Buffer.from('hello'.repeat(10)), /expected xz but it is damaged or cut off/],
    ['zip with ..', 'a.zip', () => zip({ '../out.txt': content }), /invalid relative path: \.\.\/out\.txt/],
    ['zip with an absolute path', 'b.zip', () => zip({ '/out.txt': content }), /absolute path: \/out\.txt/],
    [
      'zip with a symbolic link',
      'c.zip',
      () => zip({ link: unix(0o120777, Buffer.from('/etc')) }),
      /link is a symbolic link/,
    ],
    ['zip with a device', 'd.zip', () => zip({ dev: unix(0o020666) }), /dev is a device/],
    ['zip with a pipe', 'e.zip', () => zip({ fifo: unix(0o010666) }), /fifo is a pipe/],
    [
      'zip changed',
      'f.zip',
      () => Buffer.from(zipSync({ 'a.txt': [Buffer.from('abcdefgh'), { level: 0 }] })).fill(9, 36, 38),
      /the checksum of a\.txt but it is damaged/,
    ],
    ['zip cut off', 'g.zip', async () => (await zipped()).subarray(0, -30), /Cannot extract .*g\.zip: /],
    ['no zip', 'h.zip', () => Buffer.from('hello'), /Cannot extract .*h\.zip: /],
  ];
  test.each(cases)('%s', async (_, name, make, message) => {
    const archive = await put(await make(), folder.path, 'bad', name);
    const before = await names(at('bad'));
    expect(await refusal(extractArchive(archive, at('bad', 'out')))).toMatch(message);
    expect(await names(at('bad'))).toEqual(before); // Neither the folder nor a part of it.
    expect(await names(at())).not.toContain('out.txt');
    await expect(readFile('/out.txt')).rejects.toThrow('ENOENT');
  });

  test('more entries or bytes than allowed, whatever its headers say', async () => {
    const many = await put(
      tarOf(Array.from({ length: 11 }, (_, i) => ({ path: `${i}`, content }))),
      folder.path,
      'many.tar',
    );
    expect(await refusal(extractArchive(many, at('many'), { maxEntries: 10 }))).toMatch(
      /at most 10 entries but it has more/,
    );
    await extractArchive(many, at('many'), { maxEntries: 11 });
    const bomb = { 'bomb.txt': Buffer.alloc(1e6) };
    const zeros = await put(zip(bomb), folder.path, 'bomb.zip');
    const gz = await put(
      gzipSync(tarOf([{ path: 'bomb.txt', content: bomb['bomb.txt'] }])),
      folder.path,
      'bomb.tar.gz',
    );
    for (const archive of [zeros, gz]) {
      expect(await refusal(extractArchive(archive, at('bomb'), { maxBytes: 999_999 }))).toMatch(
        /at most 999999 bytes but bomb\.txt goes beyond/,
      );
    }
    // A zip whose directory says that the file is small.
    const lying = Buffer.from(zip(bomb));
    lying.writeUInt32LE(10, lying.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24);
    expect(await refusal(extractArchive(await put(lying, folder.path, 'lying.zip'), at('bomb')))).toMatch(
      /too many bytes/,
    );
    expect(await names(at('bomb'))).toBeUndefined();
    for (const options of [{ maxEntries: 0 }, { maxBytes: 1.5 }])
      expect(await refusal(extractArchive(many, at('x'), options))).toMatch(/Expected a whole number above 0 for max/);
  });

  test('a folder that is filled, a missing archive and another file are refused', async () => {
    const archive = await put(await tarred(), folder.path, 'fine.tar');
    await put('', folder.path, 'filled/mine.txt');
    expect(await refusal(extractArchive(archive, at('filled')))).toMatch(
      /empty or new folder at .*filled but found 1 entries/,
    );
    await mkdir(at('empty'));
    await extractArchive(archive, at('empty'));
    expect(await names(at('empty'))).toEqual(['nut']);
    expect(await refusal(extractArchive(at('none.tar'), at('out')))).toMatch(
      /an archive at .*none\.tar but found nothing/,
    );
    expect(await refusal(extractArchive(at('fine.rar'), at('out')))).toMatch(
      /a \.tar, \.tar\.gz, \.tar\.xz or \.zip but received/,
    );
    expect(await refusal(openDataset(at('none.tar'), { cache: at('cache') }))).toMatch(/but found nothing/);
  });

  test('an abort leaves nothing behind, and what was half extracted before is not taken for whole', async () => {
    const archive = await put(await tarred(), folder.path, 'aborted.tar');
    const controller = new AbortController();
    const cache = at('aborted-cache');
    const options = { cache, signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) };
    await expect(openDataset(archive, options)).rejects.toThrow('enough');
    const [key] = await readdir(join(cache, 'datasets'));
    expect(await readdir(join(cache, 'datasets', key!))).toEqual([]);
    // As a killed process leaves it.
    await put('', cache, 'datasets', key!, '.aborted-1', 'nut/train/good/1.png');
    const { categories } = await openDataset(archive, { cache });
    expect((await categories[0]!.train[0]!.picture()).width).toBe(4);
  });

  test('nothing is written through a link that stands where the archive is to go', async () => {
    const archive = await put(await tarred(), folder.path, 'linked.tar');
    await put('', folder.path, 'elsewhere/mine.txt');
    await symlink(at('elsewhere'), at('linked-out'));
    expect(await refusal(extractArchive(archive, at('linked-out')))).toMatch(/empty or new folder/);
    expect(await names(at('elsewhere'))).toEqual(['mine.txt']);
  });
});
