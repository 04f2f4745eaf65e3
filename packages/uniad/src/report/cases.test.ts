import { FileSample } from '@uniad/datasets';
import { chooseCases, outcomeOf } from './cases.js';

const scored = (score: number, anomalous: boolean) => {
  const sample = new FileSample({
    path: '',
    id: `${score}`,
    category: 'a',
    split: 'test',
    defect: anomalous ? 'dent' : 'good',
    anomalous,
  });
  return { sample, score };
};

test('chooses best, typical and worst of either class', () => {
  const chosen = chooseCases([
    scored(5, true),
    scored(9, true),
    scored(7, true),
    scored(6, false),
    scored(1, false),
    scored(2, false),
  ]);
  expect(chosen.map(({ role, score }) => [role, score])).toEqual([
    ['Clearest defect', 9],
    ['Typical defect', 7],
    ['Hardest defect', 5],
    ['Cleanest good part', 1],
    ['Typical good part', 2],
    ['Hardest good part', 6],
  ]);
});

test('shows no picture twice, and nothing of a class that is not there', () => {
  expect(chooseCases([scored(5, true)]).map(({ role }) => role)).toEqual(['Clearest defect']);
  expect(chooseCases([scored(1, false), scored(2, false)]).map(({ role }) => role)).toEqual([
    'Cleanest good part',
    'Typical good part',
  ]);
  expect(chooseCases([])).toEqual([]);
});

test('a score at the threshold is called anomalous', () => {
  expect(
    [scored(2, true), scored(1.9, true), scored(1.9, false), scored(2, false)].map((one) => outcomeOf(one, 2)),
  ).toEqual(['caught', 'missed', 'passed', 'false alarm']);
});
