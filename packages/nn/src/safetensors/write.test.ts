import { SafetensorsError } from './format.js';
import { readSafetensors } from './read.js';
import { readStateDict } from './read-state-dict.js';
import { writeSafetensors } from './write.js';

const state = {
  'b.weight': { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0.1, 1e-30, 1e30) },
  a: { shape: [], data: Float32Array.of(7) },
  none: { shape: [0, 4], data: new Float32Array() },
};

test('what is written is read again', () => {
  const bytes = writeSafetensors(state, { note: 'größer', empty: '' });
  expect(readStateDict(bytes)).toEqual(state);
  expect(readSafetensors(bytes).metadata).toEqual({ note: 'größer', empty: '' });
  expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
});

test('the file of one number, byte for byte', () => {
  const text = new TextDecoder('latin1').decode(writeSafetensors({ x: { shape: [1], data: Float32Array.of(1) } }));
  expect(text).toBe('8\0\0\0\0\0\0\0{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  \0\0\x80?');
});

test('a tensor of an array that is a view, and awkward names', () => {
  const data = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
  const names = ['10', '2', 'constructor', '__proto__'];
  const bytes = writeSafetensors(
    Object.fromEntries(names.map((name, i) => [name, { shape: [2], data: data.map((x) => x + i) }])),
  );
  const read = readStateDict(bytes);
  expect(names.map((name) => Array.from(read[name]!.data))).toEqual(
    [
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ].map((_, i) => [1 + i, 2 + i]),
  );
});

test('half precision rounds as torch does', () => {
  const values = [0, 1, -2.5, 65504, 6e-8, 1e-7, 0.1, 1 / 3, 2049, 2051, 3.0517578125e-5, -6.1e-5, Infinity, NaN];
  const { tensors } = readSafetensors(
    writeSafetensors({ t: { shape: [values.length], data: Float32Array.from(values) } }, {}, { halfPrecision: true }),
  );
  const words = new Uint16Array(new Uint8Array(tensors.t!.data).buffer);
  expect(tensors.t!.dtype).toBe('F16');
  // torch 2.13: tensor(values).half().view(int16)
  expect(Array.from(words)).toEqual([
    0x0, 0x3c00, 0xc100, 0x7bff, 0x1, 0x2, 0x2e66, 0x3555, 0x6800, 0x6802, 0x200, 0x83ff, 0x7c00, 0x7e00,
  ]);
});

test('every 16-bit float survives', () => {
  const words = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter(
    (word) => (word & 0x7c00) !== 0x7c00 || (word & 0x3ff) === 0,
  );
  const finite = Float32Array.from(words, (word) => {
    const [sign, exponent, fraction] = [word >> 15 ? -1 : 1, (word >> 10) & 31, word & 1023];
    return exponent === 31
      ? sign * Infinity
      : exponent === 0
        ? sign * fraction * 2 ** -24
        : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
  const bytes = writeSafetensors({ t: { shape: [finite.length], data: finite } }, {}, { halfPrecision: true });
  expect(new Uint16Array(new Uint8Array(readSafetensors(bytes).tensors.t!.data).buffer)).toEqual(words);
  expect(readStateDict(bytes).t!.data).toEqual(finite);
});

describe('8-bit integers', () => {
  const weight = { shape: [2, 3], data: Float32Array.of(1.27, -0.5, 0.014, -254, 1, 3) };
  const bias = { shape: [2], data: Float32Array.of(0.1, 0.2) };
  const file = () => writeSafetensors({ weight, bias }, { a: 'b' }, { int8: (name) => Number(name === 'weight') });

  test('are whole numbers of steps of each row, and read as what they stand for', () => {
    const { tensors, metadata } = readSafetensors(file());
    expect(metadata).toEqual({ a: 'b' });
    expect(tensors.weight).toMatchObject({ dtype: 'I8', shape: [2, 3] });
    expect(Array.from(new Int8Array(new Uint8Array(tensors.weight!.data).buffer))).toEqual([127, -50, 1, -127, 0, 2]);
    expect(tensors['weight.scale']).toMatchObject({ dtype: 'F32', shape: [2, 1] });
    const state = readStateDict(file());
    expect(Object.keys(state).sort()).toEqual(['bias', 'weight']);
    const step = Math.fround(Math.fround(1.27) / 127);
    expect(state.weight).toEqual({
      shape: [2, 3],
      data: Float32Array.of(127 * step, -50 * step, step, -254, 0, 4),
    });
    expect(state.bias).toEqual(bias);
  });

  test('have steps over more leading axes where these are asked for', () => {
    const basis = { shape: [2, 2, 1, 2], data: Float32Array.of(1, 2, 0.1, 0.2, 1000, 100, -3, 0) };
    const written = (axes: number) => writeSafetensors({ basis }, {}, { int8: () => axes });
    expect(readSafetensors(written(2)).tensors['basis.scale']).toMatchObject({ shape: [2, 2, 1, 1] });
    const [fine, coarse] = [2, 1].map((axes) => readStateDict(written(axes)).basis!.data);
    const largest = [2, 0.2, 1000, 3];
    fine!.forEach((value, i) => {
      expect(Math.abs(value - basis.data[i]!)).toBeLessThan((0.51 * largest[i >> 1]!) / 127);
    });
    expect(coarse![6]).toBe(0); // A step of the whole row is 1000 / 127.
    expect(written(0)).toEqual(writeSafetensors({ basis }));
  });

  test('written once more are the same bytes', () => {
    const again = writeSafetensors(readStateDict(file()), { a: 'b' }, { int8: (name) => Number(name === 'weight') });
    expect(again).toEqual(file());
  });

  /** The file with another entry for the steps in its header, of the same length. */
  const changed = (from: string, to: string) => {
    const text = new TextDecoder('latin1').decode(file());
    expect(text).toContain(from);
    expect(to).toHaveLength(from.length);
    return Uint8Array.from(text.replace(from, to), (letter) => letter.charCodeAt(0));
  };

  test.each([
    ['no steps', 'weight.scale', 'other_.scale', 'for weight.scale but received nothing'],
    ['steps of other rows', '"shape":[2,1]', '"shape":[1,2]', 'Expected F32 of shape [2, 1] for weight.scale but'],
  ])('with %s are refused', (_, from, to, message) => {
    expect(() => readStateDict(changed(from, to))).toThrow(SafetensorsError);
    expect(() => readStateDict(changed(from, to))).toThrow(message);
  });

  test('whose steps have the name of another tensor are refused', () => {
    const state = { weight, 'weight.scale': bias };
    expect(() => writeSafetensors(state, {}, { int8: (name) => Number(name === 'weight') })).toThrow('weight.scale');
  });
});

test.each<[string, Parameters<typeof writeSafetensors>, string]>([
  ['a shape of another size', [{ t: { shape: [2], data: Float32Array.of(1) } }], 'Expected 2 values for t'],
  ['a reserved name', [{ __metadata__: { shape: [1], data: Float32Array.of(1) } }], '__metadata__'],
  [
    'a number too large for half precision',
    [{ t: { shape: [1], data: Float32Array.of(-70000) } }, {}, { halfPrecision: true }],
    '-70000',
  ],
])('refuses %s', (_, args, message) => {
  expect(() => writeSafetensors(...args)).toThrow(SafetensorsError);
  expect(() => writeSafetensors(...args)).toThrow(message);
});
