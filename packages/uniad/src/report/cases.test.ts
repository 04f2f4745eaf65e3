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
  const verdict = { normalizedScore: 0.5, anomalous: score >= 2, threshold: 2, category: 'a', categoryDistance: 1 };
  return { sample, score, ...verdict };
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

test('an outcome is the verdict beside the truth', () => {
  expect([scored(2, true), scored(1.9, true), scored(1.9, false), scored(2, false)].map(outcomeOf)).toEqual([
    'caught',
    'missed',
    'passed',
    'false alarm',
  ]);
});
