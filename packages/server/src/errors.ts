/** Why a picture was not inspected, with the HTTP status that says so. */
export class InspectionError extends Error {
  override readonly name: string = 'InspectionError';

  constructor(
    readonly statusCode: 422 | 500 | 503,
    message: string,
  ) {
    super(message);
  }
}

/** An option of the service that cannot be, or a model that does not load. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
}

/** What went wrong, in words. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
