import { noise } from '../noise.js';
import { feederPose, Pose } from '../pose.js';
import { length, mix, segment, smoothstep } from '../shapes.js';
import { colour, vary } from '../surface.js';
import { type Kind, layBench } from './kind.js';

const { abs, exp, max, min, round, sqrt } = Math;

const LENGTH = 0.44;
const CAP_RADIUS = 0.29;
const BODY_RADIUS = 0.275;
const JOINT = 0.04;
const DIGIT = { halfWidth: 0.042, halfHeight: 0.075, stroke: 0.025, advance: 0.145 };
const PRINT = ['5', '0', '0'] as const;
/** Where the strokes of a seven-segment digit run: ax, ay, bx, by in halves of its box. */
const STROKES: Readonly<Record<(typeof PRINT)[number], readonly (readonly [number, number, number, number])[]>> = {
  '5': [
    [1, -1, -1, -1],
    [-1, -1, -1, 0],
    [-1, 0, 1, 0],
    [1, 0, 1, 1],
    [1, 1, -1, 1],
  ],
  '0': [
    [-1, -1, 1, -1],
    [1, -1, 1, 1],
    [1, 1, -1, 1],
    [-1, 1, -1, -1],
  ],
};

/** A two-coloured gelatine capsule with a printed strength. */
export const capsule: Kind = {
  name: 'capsule',
  defects: ['scratch', 'dent', 'stain', 'crack', 'contamination', 'missing_part', 'misplaced_part'],
  draw(surface, random, fault) {
    layBench(surface, random.fork('bench'), vary(colour('#d9d8d4'), random, 0.05), 0.7);
    const pose = feederPose(random, 0.14);
    const cap = { colour: vary(colour('#7e2a1c'), random, 0.12), gloss: 0.85, metal: 0 };
    const body = { colour: vary(colour('#dd8f2d'), random, 0.1), gloss: 0.85, metal: 0 };
    const powder = noise(random.uint32());
    surface.each((x, y, i) => {
      const u = pose.u(x, y);
      const v = pose.v(x, y);
      const capped = smoothstep(JOINT + 0.008, JOINT - 0.008, u);
      const radius = mix(BODY_RADIUS, CAP_RADIUS, capped) - 0.006 * exp(-(((u + 0.28) / 0.02) ** 2));
      const across = length(max(0, abs(u) - LENGTH), v);
      const height = 0.29 + sqrt(max(0, radius * radius - across * across));
      const share = surface.coverage(across - radius);
      const shade = 1 + 0.06 * powder(9 * u, 9 * v) - 0.35 * exp(-(((u - JOINT - 0.012) / 0.012) ** 2));
      surface.lay(i, share, height, body, shade);
      surface.lay(i, share * surface.coverage(u - JOINT), height, cap, shade);
      surface.part[i] = share;
    });

    const missing = fault?.name === 'missing_part' ? fault.random.integer(PRINT.length) : -1;
    const slip = fault?.name === 'misplaced_part' ? fault.random.sign() * mix(0.08, 0.15, fault.severity) : 0;
    const print = new Pose(0.29 + random.spread(0.015), random.spread(0.015) + slip, 1.5 * slip, 1);
    const ink = vary(colour('#4a1a12'), random, 0.1);
    const wear = noise(random.uint32());
    surface.each((x, y, i) => {
      const u = pose.u(x, y);
      const v = pose.v(x, y);
      // The strength reads across the capsule.
      const across = print.v(u, v);
      const along = print.u(u, v);
      const place = round(across / DIGIT.advance) + 1;
      if (place < 0 || place >= PRINT.length || place === missing || abs(along) > 0.12) return;
      let distance = 1;
      for (const [ax, ay, bx, by] of STROKES[PRINT[place]!]) {
        const { halfWidth: w, halfHeight: h } = DIGIT;
        distance = min(distance, segment(across - (place - 1) * DIGIT.advance, -along, ax * w, ay * h, bx * w, by * h));
      }
      const share = 0.85 * (1 - 0.25 * max(0, wear(60 * u, 60 * v)));
      surface.tint(i, share * surface.coverage(distance - DIGIT.stroke / 2) * surface.part[i]!, ink);
    });
  },
};
