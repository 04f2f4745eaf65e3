import type { BackboneName } from '../src/common.js';
import { backboneComplexity, backboneNames, describeBackbone } from '../src/common.js';

const SIZE = [224, 224] as const;

/** The rows of the README's table: names, channels, customary size, and the cost up to stride 16 and of all stages at 224 pixels. */
export function backboneTable(): string[] {
  const rows = new Map<string, BackboneName[]>();
  for (const name of backboneNames) {
    const cells = cellsOf(name);
    rows.set(cells, [...(rows.get(cells) ?? []), name]);
  }
  return Array.from(rows, ([cells, names]) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${cells} |`);
}

function cellsOf(name: BackboneName): string {
  const { stages, mean, imageSize } = describeBackbone(name);
  const near = stages.filter(({ stride }) => stride <= 16).map(({ stage }) => stage);
  const costs = [near, stages.map(({ stage }) => stage)].map((wanted) => {
    const { parameters, multiplyAdds } = backboneComplexity(name, { stages: wanted, imageSize: SIZE });
    return `${(parameters / 1e6).toFixed(2)} M, ${(multiplyAdds / 1e9).toFixed(2)} G`;
  });
  const normalised = mean[0] === 0.5 ? ', centred' : '';
  const { stride } = stages[0]!;
  return [stages.map(({ channels }) => channels).join(', '), `${stride}`, `${imageSize}${normalised}`, ...costs].join(
    ' | ',
  );
}
