import { createHash } from 'node:crypto';

/** Asks the service that the page came from; nothing is loaded from elsewhere. */
const script = `
const $ = (id) => document.getElementById(id);
const headers = () => ($('token').value ? { authorization: 'Bearer ' + $('token').value } : {});
let shown;

async function fail(response) {
  const { message, error } = await response.json().catch(() => ({}));
  return new Error(message || error || response.status + ' ' + response.statusText);
}

async function listModels() {
  const response = await fetch('models', { headers: headers() });
  if (response.status === 401) {
    $('access').hidden = false;
    return say('This service asks for a token.');
  }
  if (!response.ok) throw await fail(response);
  const models = await response.json();
  $('model').replaceChildren(...models.map(({ name, categories }) => new Option(categories?.length ? name + ' (' + categories.join(', ') + ')' : name, name)));
  $('model-choice').hidden = models.length < 2;
  say('');
}

function say(text, isError) {
  $('message').textContent = text;
  $('message').classList.toggle('error', Boolean(isError));
}

async function inspect(file) {
  say('Inspecting ' + file.name + ' ...');
  const started = performance.now();
  const path = 'models/' + encodeURIComponent($('model').value) + '/predict?include=heatmap';
  const response = await fetch(path, {
    method: 'POST',
    headers: { ...headers(), 'content-type': 'application/octet-stream', accept: 'application/json' },
    body: file,
  });
  if (!response.ok) throw await fail(response);
  const { heatmap, ...found } = await response.json();
  const took = Math.round(performance.now() - started);
  URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(file);
  $('picture').src = shown;
  $('heatmap').src = 'data:image/png;base64,' + heatmap;
  $('heatmap').alt = file.name + ' with its heat map';
  $('verdict').textContent = found.anomalous ? 'Anomalous' : 'Normal';
  $('result').className = found.anomalous ? 'anomalous' : 'normal';
  $('level').style.left = 100 * found.normalizedScore + '%';
  const kind = found.category ?? (found.categoryDistance === null ? 'not known' : 'unlike anything learned');
  const facts = { Score: found.score.toFixed(4), Threshold: found.threshold.toFixed(4), Kind: kind, Answer: took + ' ms' };
  $('facts').replaceChildren(...Object.entries(facts).map(([name, value]) => {
    const [pair, term, text] = ['div', 'dt', 'dd'].map((tag) => document.createElement(tag));
    term.textContent = name;
    text.textContent = value;
    pair.append(term, text);
    return pair;
  }));
  $('json').textContent = JSON.stringify(found, null, 2);
  $('result').hidden = false;
  say(file.name);
}

let last;
const start = (file) => {
  if (!file) return;
  last = file;
  inspect(file).catch((error) => {
    $('result').hidden = true;
    say(file.name + ': ' + error.message, true);
  });
};
const list = () => listModels().catch((error) => say(error.message, true));

$('file').addEventListener('change', (event) => start(event.target.files[0]));
$('model').addEventListener('change', () => start(last));
$('token').addEventListener('change', list);
for (const type of ['dragenter', 'dragover']) {
  addEventListener(type, (event) => { event.preventDefault(); $('drop').classList.add('over'); });
}
addEventListener('dragleave', () => $('drop').classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  $('drop').classList.remove('over');
  start(event.dataTransfer.files[0]);
});
addEventListener('paste', (event) => start(event.clipboardData.files[0]));
list();
`;

const style = `
:root { color-scheme: light dark; --line: light-dark(#d4d7dd, #3b4048); --soft: light-dark(#f5f6f8, #1c1f24); --accent: #2463c2;
  --bad: light-dark(#b42318, #ff8a7a); --good: light-dark(#1b7a3d, #6cd394); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1.25rem 3rem; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #14161a); }
h1 { margin: 0; font-size: 1.35rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; }
header nav a { margin-left: 1rem; }
header nav a:first-child { margin-left: 0; }
a { color: light-dark(var(--accent), #8ab8ff); }
.settings { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; margin: 1rem 0; }
select, input[type=password] { font: inherit; padding: .25rem .5rem; max-width: 100%; }
#drop { display: block; border: 2px dashed var(--line); border-radius: .75rem; padding: 1.75rem 1rem; text-align: center; background: var(--soft); cursor: pointer; }
#drop.over, #drop:hover, #drop:focus-within { border-color: var(--accent); }
#drop input { position: absolute; opacity: 0; width: 1px; height: 1px; }
#message { min-height: 1.5em; margin: .75rem 0; overflow-wrap: anywhere; }
.error { color: var(--bad); }
figure { margin: 0; }
figcaption { color: light-dark(#5b616b, #a3a9b3); font-size: .875rem; }
img { display: block; width: 100%; height: auto; border-radius: .5rem; border: 1px solid var(--line); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem; }
#verdict { font-size: 1.5rem; font-weight: 600; margin: 0; }
.anomalous #verdict { color: var(--bad); }
.normal #verdict { color: var(--good); }
.scale { position: relative; height: .75rem; border-radius: 1rem; margin: .75rem 0 2.1rem; background: linear-gradient(90deg, #2e9e5b 0 46%, #d8a21d 50%, #cf3b2c 56%); }
.scale span { position: absolute; left: 50%; top: 1rem; transform: translateX(-50%); font-size: .8125rem; white-space: nowrap; }
.scale span::before { content: ''; position: absolute; left: 50%; top: -1.25rem; height: 1.25rem; border-left: 2px solid light-dark(#000, #fff); }
#level { position: absolute; top: 50%; width: 1.25rem; height: 1.25rem; border-radius: 50%; transform: translate(-50%, -50%); background: light-dark(#fff, #14161a); border: 4px solid light-dark(#14161a, #fff); }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 0 0 1rem; }
dt { color: light-dark(#5b616b, #a3a9b3); font-size: .875rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
details { margin-top: 1rem; }
pre { overflow: auto; padding: .75rem; border-radius: .5rem; background: var(--soft); font-size: .875rem; }
[hidden] { display: none !important; }
`;

/** A page to try the service with. */
export const tryPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>uniad: inspect a picture</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header>
<h1>Inspect a picture</h1>
<nav><a href="openapi.json">OpenAPI</a><a href="ready">Ready?</a><a href="metrics">Metrics</a></nav>
</header>
<div class="settings">
<label id="model-choice" hidden>Model <select id="model"></select></label>
<label id="access" hidden>Token <input id="token" type="password" autocomplete="off"></label>
</div>
<label id="drop">
<input id="file" type="file" accept="image/*,.tif,.tiff,.bmp">
<strong>Choose a picture</strong>, drop one here, or paste it
</label>
<p id="message" role="status"></p>
<section id="result" hidden>
<p id="verdict"></p>
<div class="scale"><i id="level"></i><span>threshold</span></div>
<dl id="facts"></dl>
<div class="pictures">
<figure><img id="heatmap" alt=""><figcaption>Heat map</figcaption></figure>
<figure><img id="picture" alt="The picture as it was sent"><figcaption>As sent</figcaption></figure>
</div>
<details><summary>The answer as JSON</summary><pre id="json"></pre></details>
</section>
<script>${script}</script>
</body>
</html>
`;

/** The page runs its own script and talks to where it came from; nothing else. */
export const tryPagePolicy = [
  "default-src 'none'",
  `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  "style-src 'unsafe-inline'",
  'img-src blob: data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
