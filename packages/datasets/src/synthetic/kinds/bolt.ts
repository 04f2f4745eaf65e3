import { noise } from '../noise.js';
import { feederPose } from '../pose.js';
import { bevel, box, clamp, mix, smoothstep, triangle } from '../shapes.js';
import { colour, vary } from '../surface.js';
import { type Kind, layBench } from './kind.js';

const { PI, abs, asin, max, min, sqrt } = Math;

const HEAD = { from: -0.78, to: -0.46, half: 0.36 };
const COLLAR = { to: -0.4, half: 0.4 };
const SHANK = 0.19;
const THREAD = { from: -0.12, pitch: 0.085, depth: 0.036 };
const TIP = 0.8;

/** A zinc-plated hex bolt lying on its side. */
export const bolt: Kind = {
  name: 'bolt',
  defects: ['scratch', 'dent', 'stain', 'contamination', 'missing_part'],
  draw(surface, random, fault) {
    layBench(surface, random.fork('bench'), vary(colour('#b9bcbf'), random, 0.06), 1);
    const pose = feederPose(random, 0.12);
    const phase = random.uniform();
    const cast = noise(random.uint32());
    const zinc = { colour: vary(colour('#c3c4c1'), random, 0.07), gloss: 0.35, metal: 1 };
    // A thread is stripped over some turns, or never cut near the tip.
    const stripLength = fault ? mix(0.14, 0.34, fault.severity) : 0;
    const stripFrom = fault ? fault.random.between(0.02, TIP - stripLength) : 0;

    surface.each((x, y, i) => {
      const u = pose.u(x, y);
      const v = pose.v(x, y);
      const threaded = smoothstep(THREAD.from, THREAD.from + 0.05, u);
      const stripped =
        stripLength > 0
          ? smoothstep(-0.02, 0.02, u - stripFrom) * smoothstep(-0.02, 0.02, stripFrom + stripLength - u)
          : 0;
      // The helix rises by half a turn from one side of the silhouette to the other.
      const turn = u / THREAD.pitch + phase + (0.5 * asin(clamp(v / SHANK, -1, 1))) / PI;
      const groove = threaded * THREAD.depth * mix(0.5 - 0.5 * triangle(turn), 0.85, stripped);
      const taper = 0.08 * clamp((u - TIP + 0.07) / 0.07);
      const radius = SHANK - groove - taper;
      const shank = max(abs(v) - radius, -0.45 - u, u - TIP);
      const texture = 0.0011 * cast(60 * u, 60 * v) + 0.0006 * cast(140 * v, 140 * u);
      surface.lay(
        i,
        surface.coverage(shank),
        sqrt(max(0, radius * radius - v * v)) + 0.19 + texture,
        zinc,
        mix(0.97, 0.8, groove / THREAD.depth),
      );

      const collar = box(u - (HEAD.to + COLLAR.to) / 2, v, (COLLAR.to - HEAD.to) / 2, COLLAR.half, 0.02);
      surface.lay(i, surface.coverage(collar), 0.19 + sqrt(max(0, COLLAR.half ** 2 - v * v)) * 0.9, zinc);

      // Seen from the side a hexagon shows one facet in full and two slanted ones.
      const chamfer = 0.05 * smoothstep(HEAD.from + 0.1, HEAD.from, u) * (abs(v) / HEAD.half + 0.4);
      const head = max(box(u - (HEAD.from + HEAD.to) / 2, v, (HEAD.to - HEAD.from) / 2, HEAD.half - chamfer, 0.015));
      const facet = 0.47 - 0.62 * max(0, abs(v) - HEAD.half / 2) + 0.03 * v;
      surface.lay(i, surface.coverage(head), facet - chamfer + bevel(head, 0.02) + texture, zinc);
      surface.part[i] = surface.coverage(min(shank, collar, head));
    });
  },
};
