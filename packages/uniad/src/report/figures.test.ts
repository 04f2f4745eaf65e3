import { FileSample } from '@uniad/datasets';
import type { Evaluation, ScoredSample } from '../pipeline/evaluate.js';
import { scoresAsCsv } from './figures.js';

test('names with commas, quotes and line ends stay one field; nothing for what is not known', () => {
  const sample = new FileSample({
    path: '/data/a,b.png',
    id: 'say "no"\n.png',
    category: 'nut',
    split: 'test',
    defect: 'good',
    anomalous: false,
  });
  const scored: ScoredSample[] = [
    {
      sample,
      score: 1.25,
      normalizedScore: 0.5,
      anomalous: false,
      threshold: 2,
      category: null,
      categoryDistance: null,
    },
  ];
  expect(scoresAsCsv({ scored } as unknown as Evaluation)).toBe(
    'id,path,category,defect,label,kind,score,normalizedScore,anomalous,threshold,categoryDistance\n' +
      '"say ""no""\n.png","/data/a,b.png",nut,good,good,,1.25,0.5,false,2,\n',
  );
});
