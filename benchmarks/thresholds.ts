/**
 * What a threshold by kind costs that rests on few good pictures: draws so many of each kind's good ones again and again, sets thresholds by them, and counts what
 * of the others is then missed and falsely called.
 *
 *     uniad eval --model RUN --data DIR --json scores.json
 *     node --conditions=@uniad/source --import tsx benchmarks/thresholds.ts scores.json
 *
 * `--help` lists the settings.
 */
import { readFile } from 'node:fs/promises';
import { thresholdsByKind } from '@uniad/core';
import { Generator } from '@uniad/nn';
import { Command } from 'commander';

interface Scored {
  readonly category: string;
  readonly label: 'good' | 'anomalous';
  readonly score: number;
}

const program = new Command('thresholds')
  .argument('<scores...>', 'what `uniad eval --json` wrote, of pictures that were not learned')
  .option('--pictures <n...>', 'good pictures of a kind that thresholds rest on', ['3', '6', '12'])
  .option('--rounds <n>', 'draws', '500')
  .parse();
const { pictures, rounds } = program.opts<{ pictures: string[]; rounds: string }>();

console.log(
  '| scores | pictures a kind | missed | false alarms | of the worst kind |\n| --- | --- | --- | --- | --- |',
);
for (const file of program.args) {
  const { images } = JSON.parse(await readFile(file, 'utf8')) as { images: Scored[] };
  const kinds = groupByCategory(images);
  const scoresOf = (kind: string, label: Scored['label']) =>
    kinds.get(kind)!.flatMap((one) => (one.label === label ? [one.score] : []));
  for (const count of pictures.map(Number)) {
    const found = Array.from(kinds.keys(), (kind) => ({ kind, missed: 0, called: 0 }));
    for (let round = 0; round < Number(rounds); round++) {
      const generator = new Generator(round);
      const drawn = new Map(Array.from(kinds.keys(), (kind) => [kind, generator.shuffle(scoresOf(kind, 'good'))]));
      const seen = Array.from(drawn, ([kind, scores]) => [kind, scores.slice(0, count)] as const);
      const thresholds = thresholdsByKind(new Map(seen), 'good pictures');
      for (const one of found) {
        const { threshold } = thresholds.get(one.kind)!;
        const others = drawn.get(one.kind)!.slice(count);
        const anomalous = scoresOf(one.kind, 'anomalous');
        one.missed += anomalous.filter((score) => score < threshold).length / anomalous.length / Number(rounds);
        one.called += others.filter((score) => score >= threshold).length / others.length / Number(rounds);
      }
    }
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    const mean = (of: 'missed' | 'called') => found.reduce((sum, one) => sum + one[of], 0) / found.length;
    const worst = found.reduce((a, b) => (b.called > a.called ? b : a));
    console.log(
      `| ${file} | ${count} | ${percent(mean('missed'))} | ${percent(mean('called'))} | ${percent(worst.called)}, ${worst.kind} |`,
    );
  }
}

function groupByCategory(images: readonly Scored[]): Map<string, Scored[]> {
  const groups = new Map<string, Scored[]>();
  for (const one of images) groups.set(one.category, [...(groups.get(one.category) ?? []), one]);
  return groups;
}
