import type { SwaggerTransformObject } from '@fastify/swagger';

const binary = { schema: { type: 'string', format: 'binary' } } as const;

/** Bodies of requests and answers that are no JSON: as schemas of routes they would be checked as text. */
const requestBody = {
  required: true,
  content: {
    'image/*': binary,
    'application/octet-stream': binary,
    'multipart/form-data': {
      schema: { type: 'object', properties: { picture: { type: 'string', format: 'binary' } } },
    },
  },
} as const;

interface Operation {
  requestBody?: unknown;
  responses?: Record<string, { content?: Record<string, unknown>; headers?: unknown }>;
}

/** Adds to the OpenAPI description what goes into an inspection, and what comes out where a picture is asked for. */
export const describePictures: SwaggerTransformObject = (document) => {
  if (!('openapiObject' in document)) return document.swaggerObject;
  for (const [path, { post }] of Object.entries(
    (document.openapiObject.paths ?? {}) as Record<string, { post?: Operation }>,
  )) {
    if (!post || !path.endsWith('/predict')) continue;
    post.requestBody = requestBody;
    const answer = (post.responses ??= {})['200']!;
    answer.content = { ...answer.content, 'image/png': binary, 'image/tiff': binary };
    answer.headers = {
      'uniad-inspection': { description: 'The findings as JSON, beside a PNG or TIFF', schema: { type: 'string' } },
    };
  }
  return document.openapiObject;
};
