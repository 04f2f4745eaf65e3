/** JSON schemas of what is asked and answered: they check requests, write answers and are the OpenAPI description. */

const nullable = (type: string, description: string) => ({ type, nullable: true, description });

const inspectionProperties = {
  model: { type: 'string', description: 'The name of the model that was asked.' },
  score: { type: 'number', description: 'How far from normal the picture is.' },
  normalizedScore: {
    type: 'number',
    description: 'The same for all kinds of parts alike, from 0 to 1: 0.5 at the threshold.',
  },
  anomalous: { type: 'boolean' },
  threshold: { type: 'number', description: 'From which score on a picture of its kind is called anomalous.' },
  category: nullable('string', 'The kind it looks like most; null where it looks like nothing that was learned.'),
  categoryDistance: nullable('number', 'How little it looks like that kind: about 1 for one of its good pictures.'),
  heatmap: { type: 'string', description: 'The picture with its heat map, PNG, in base64; where it was asked for.' },
  map: {
    type: 'object',
    description: 'How far from normal each pixel is, where it was asked for.',
    properties: {
      height: { type: 'integer' },
      width: { type: 'integer' },
      values: { type: 'string', description: 'Row by row, 32-bit floating point numbers, little endian, in base64.' },
    },
  },
} as const;

export const inspectionSchema = {
  type: 'object',
  required: ['model', 'score', 'normalizedScore', 'anomalous', 'threshold', 'category', 'categoryDistance'],
  properties: inspectionProperties,
} as const;

export const errorSchema = {
  type: 'object',
  required: ['statusCode', 'error', 'message'],
  properties: {
    statusCode: { type: 'integer' },
    error: { type: 'string' },
    message: { type: 'string', description: 'What was expected and what came.' },
  },
} as const;

export const includeSchema = {
  type: 'object',
  properties: {
    include: {
      type: 'string',
      pattern: '^(heatmap|map)(,(heatmap|map))*$',
      description: 'What JSON holds beside the findings: heatmap, map, or both with a comma between.',
    },
  },
} as const;

export const modelsSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      name: { type: 'string' },
      ready: { type: 'boolean' },
      workers: { type: 'integer', description: 'Workers that have the model.' },
      device: { type: 'string', description: 'Where it runs, and why.' },
      categories: { type: 'array', items: { type: 'string' }, description: 'The kinds of parts that it has learned.' },
      imageSize: { type: 'array', items: { type: 'integer' }, description: 'Height and width of its maps.' },
    },
  },
} as const;
