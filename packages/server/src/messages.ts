/** What a service and its workers say to each other. */
import type { DeviceName, Inspection } from '@uniad/core';

/** How a worker loads its model. */
export interface WorkerSettings {
  readonly folder: string;
  readonly device: DeviceName | 'auto';
  readonly threads: number;
  readonly maxPixels: number;
}

/** What is asked of one picture. */
export interface InspectionRequest {
  /** The content of the picture file. */
  readonly bytes: Uint8Array;
  readonly heatMap: boolean;
  readonly map: boolean;
}

/** What was found in one picture. */
export interface Finding {
  readonly inspection: Omit<Inspection, 'map'>;
  /** The picture with its map over it, PNG. */
  readonly heatMap?: Uint8Array;
  /** `[height, width]` of the model's image size. */
  readonly map?: Float32Array;
}

/** Of one picture of a batch: what was found, or why it cannot be read. */
export type Result = Finding | { readonly error: string };

/** What a worker tells of the model that it loaded. */
export interface ModelInfo {
  /** Where it runs, and why. */
  readonly device: string;
  readonly categories: readonly string[];
  /** Height and width of the maps. */
  readonly imageSize: readonly [height: number, width: number];
}

/** To a worker. */
export type Order =
  | { readonly type: 'load'; readonly settings: WorkerSettings }
  | { readonly type: 'run'; readonly requests: readonly InspectionRequest[] }
  | { readonly type: 'stop' };

/** From a worker. */
export type Report =
  | { readonly type: 'ready'; readonly info: ModelInfo }
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'done'; readonly results: readonly Result[]; readonly residentBytes: number };
