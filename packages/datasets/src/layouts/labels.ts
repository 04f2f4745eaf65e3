/** Words for good pictures, as folders and lists have them. */
export const goodNames = ['good', 'normal', 'ok', 'normals'];

/** Words for anomalous pictures of no particular defect. */
export const badNames = [
  'bad',
  'abnormal',
  'anomalous',
  'anomaly',
  'anomalies',
  'defect',
  'defects',
  'defective',
  'faulty',
  'ko',
  'ng',
];

export const maskNames = ['masks', 'mask', 'ground_truth'];

export const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name.toLowerCase());
