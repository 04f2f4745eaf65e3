import { methodNames } from '../config.js';
import { expand } from './expand.js';
import { summarize } from './results.js';
import { tables } from './tables.js';
import { asMarkdown } from './write-tables.js';

const settings = {
  data: ['parts'],
  cifar: ['cifar'],
  config: {},
  training: { epochs: 20 },
  seeds: 2,
};
const rows = expand(tables, settings, ['screw', 'tile']);
const rowOf = (table: string, name: string) => rows.find((row) => row.table === table && row.row.name === name)!;

describe('the tables of the paper', () => {
  test('are all there, and every row is a model that can be', () => {
    expect(tables.map(({ id }) => id)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5a',
      '5b',
      '5c',
      '5d',
      '5e',
      '5f',
      'A2',
      'A3',
      'A4',
      'A5',
      'A6',
      'A7',
      'figure2',
    ]);
    for (const { seeds } of rows) {
      for (const { unit } of seeds.flat()) expect(methodNames).toContain(unit.config.method);
    }
  });

  test("their figures are the paper's: some of each kind, by hand", () => {
    const paper = (table: string, name: string) => rowOf(table, name).row.paper;
    expect(paper('5a', 'no query')).toEqual({ localization: 0.794, detection: 0.695 });
    expect(paper('5b', 'vanilla, 0 + 4')).toEqual({ localization: 0.883, detection: 0.805 });
    expect(paper('A3', '(e)')).toEqual({ detection: 0.782, localization: 0.899 });
    expect(paper('A6', 'resnet34')).toEqual({ detection: 0.93, localization: 0.962 });
    expect(paper('3', '{02468}')).toEqual({ detection: 0.888 });
    expect(paper('2', 'PaDiM, unified')).toEqual({ localization: 0.895 });
    expect(paper('1', 'PaDiM, separate')).toEqual({ detection: 0.955 });
    expect(paper('1', 'CutPaste, unified')).toEqual({ detection: 0.775 });
    expect(paper('2', 'CutPaste, separate')).toEqual({});
    expect(paper('1', 'MKD, unified')).toEqual({ detection: 0.819 });
    expect(paper('2', 'MKD, separate')).toEqual({ localization: 0.907 });
    expect(paper('1', 'DRAEM, separate')).toEqual({ detection: 0.98 });
    expect(paper('2', 'DRAEM, unified')).toEqual({ localization: 0.872 });
    expect(paper('2', 'PatchCore, separate')).toEqual({});
    expect(rowOf('1', 'separate').row.paperByCategory!.screw).toEqual({ detection: 0.919 });
  });

  test('another method is trained as it wants to be, for as long as the others', () => {
    const { unit } = rowOf('1', 'MKD, unified').seeds[0]![0]!;
    expect(unit.config).toMatchObject({ method: 'mkd', backbone: { name: 'efficientnet_b4' } });
    expect(unit.training).toMatchObject({ learningRate: 1e-3, epochs: 20 });
    expect(rowOf('1', 'CutPaste, unified').seeds[0]![0]!.unit.config.backbone).toEqual({
      name: 'efficientnet_b4',
      stages: [4],
      frozen: false,
    });
    const widthsOf = (quick: boolean) => {
      const expanded = expand(tables, { ...settings, quick }, []);
      return expanded.find(({ row }) => row.name === 'DRAEM, unified')!.seeds[0]![0]!.unit.config;
    };
    expect(widthsOf(false)).toMatchObject({
      imageSize: [256, 256],
      widths: { reconstructive: 128, discriminative: 64 },
    });
    expect(widthsOf(true)).toMatchObject({ imageSize: [64, 64], widths: { reconstructive: 4, discriminative: 4 } });
  });

  test('rows of the same model are one training', () => {
    const keyOf = (table: string, name: string) => rowOf(table, name).seeds[0]![0]!.key;
    expect(keyOf('5c', '7x7')).toBe(keyOf('5a', 'layer-wise query, NMA, FJ'));
    expect(keyOf('5c', '5x5')).not.toBe(keyOf('5c', '7x7'));
    expect(keyOf('5b', 'vanilla, 4 + 4')).toBe(keyOf('5a', '1 query'));
  });

  test('the separate setting is a training a category, CIFAR-10 has its classes, a curve its points', () => {
    const separate = rowOf('4', 'ours, separate').seeds;
    expect(separate.map((units) => units.map(({ unit }) => [unit.category, unit.training.seed]))).toEqual([
      [['screw', 0], ['tile', 0]], // prettier-ignore
      [['screw', 1], ['tile', 1]], // prettier-ignore
    ]);
    const { unit } = rowOf('3', '{13579}').seeds[0]![0]!;
    expect(unit).toMatchObject({ data: ['cifar'], normalClasses: [1, 3, 5, 7, 9] });
    expect(unit.config).toMatchObject({
      imageSize: [128, 128],
      featureSize: [8, 8],
      backbone: { stages: [1, 2, 3, 4, 5] },
    });
    expect(rowOf('figure2', 'CNN, unified').seeds[0]![0]!.unit.curveEvery).toBe(2);
  });

  test('a row is the mean over its seeds, with their deviation; a failure has its reason and stops no other', async () => {
    const some = rows.filter(({ table }) => table === '5c');
    const outcomes = new Map(
      some.flatMap(({ seeds, row }) =>
        seeds.flat().map(({ key, unit }) => [
          key,
          row.name === '9x9'
            ? { error: 'no memory' }
            : {
                imageAuroc: 0.8 + 0.1 * unit.training.seed!,
                pixelAuroc: null,
                categories: {},
                curve: [],
                seconds: 3,
              },
        ]),
      ),
    );
    const results = summarize(some, outcomes);
    expect(results.map(({ row, error }) => [row, error])).toEqual([
      ['1x1', null],
      ['5x5', null],
      ['7x7', null],
      ['9x9', 'no memory'], // prettier-ignore
    ]);
    expect(results[0]).toMatchObject({
      paper: { detection: 0.946, localization: 0.963 },
      ours: { imageAuroc: { mean: expect.closeTo(0.85), std: expect.closeTo(Math.SQRT1_2 / 10) }, pixelAuroc: null },
      seconds: 6,
    });
    const text = await asMarkdown(
      tables.filter(({ id }) => id === '5c'),
      results,
    );
    expect(text).toMatch(/\| 1x1 +\| +0\.946 \| 0\.850 ± 0\.071 \|/);
    expect(text).toContain('- 9x9: no memory');
  });

  test('a row that wants no curve shares the training of one that does', () => {
    const [vanilla] = rowOf('5a', '1 query').seeds[0]!;
    const [figure] = rowOf('figure2', 'transformer, unified').seeds[0]!;
    expect(vanilla!.key).toBe(figure!.key);
    expect(vanilla!.unit.curveEvery).toBe(2);
    const alone = expand(
      tables.filter(({ id }) => id === '5a'),
      settings,
      [],
    );
    expect(alone.every(({ seeds }) => seeds.flat().every(({ unit }) => unit.curveEvery === undefined))).toBe(true);
  });
});
