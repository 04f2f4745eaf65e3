import { LOWERINGS } from '../src/lowerings/index.js';
import { expectAgreement, kernelsOf } from './agreement.js';
import type { Case } from './agreement.js';
import { convCases } from './cases/conv.js';
import { elementwiseCases } from './cases/elementwise.js';
import { matmulCases } from './cases/matmul.js';
import { reduceCases } from './cases/reduce.js';
import { shapeCases } from './cases/shape.js';

const cases = [...elementwiseCases, ...reduceCases, ...matmulCases, ...shapeCases, ...convCases];
const byKernel = new Map(
  [...new Set(cases.map(({ kernel }) => kernel))].map((name) => [name, cases.filter(({ kernel }) => kernel === name)]),
);

describe.each([...byKernel])('%s', (kernel, group: Case[]) => {
  it('equals the cpu kernel, eager and compiled', async () => {
    for (const sample of group) await expectAgreement(sample);
  });

  it('is the kernel that tfjs calls here', async () => {
    const used: string[] = [];
    for (const sample of group) used.push(...(await kernelsOf(sample)));
    expect(used).toContain(kernel);
  });
});

it('has a case for every lowering', () => {
  const elsewhere = ['LayerNorm']; // not a kernel of tfjs: see custom-kernels.test.ts
  expect([...byKernel.keys(), ...elsewhere].sort()).toEqual(Object.keys(LOWERINGS).sort());
});
