import { proxy, transfer, wrap } from 'comlink';
import { Camera } from './camera.js';
import { element, format, onChoose, onDrop, picturesOf, save, showError } from './dom.js';
import { History } from './history.js';
import type { Entry } from './history.js';
import { Stage } from './stage.js';
import { Trainer } from './trainer.js';
import type { Api, ModelCard } from './worker.js';

const api = wrap<Api>(new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }));

const stage = new Stage((threshold) => history.setThreshold(threshold));
const history = new History((entry) => void look(entry));
const camera = new Camera((picture) => void inspect([picture]), glance);
new Trainer(api, (card) => useModel(card));

const pictures = element<HTMLInputElement>('pictures');
onChoose(pictures, (files) => void inspect(picturesOf(files)));
onChoose(element<HTMLInputElement>('folder'), (files) => void loadModel(files));
onDrop(element('drop'), (files) => void (isModel(files) ? loadModel(files) : inspect(picturesOf(files))));
element('save').addEventListener('click', () => void saveModel().catch(showError));
const demo = element<HTMLButtonElement>('demo');
demo.addEventListener('click', () => void loadModel(new URL(__DEMO_MODEL__!, document.baseURI).href));
demo.hidden = __DEMO_MODEL__ === null;

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  navigator.serviceWorker.register(new URL('offline.js', document.baseURI)).catch(showError);
}

const isModel = (files: readonly File[]) => files.some(({ name }) => name === 'model.json');

async function loadModel(source: string | File[]): Promise<void> {
  const bar = element<HTMLProgressElement>('loading');
  bar.removeAttribute('value');
  bar.hidden = false;
  element('status').textContent = 'Loading the model';
  const progress = proxy(({ done, total }: { done: number; total: number | undefined }) => {
    if (total !== undefined) bar.value = done / total;
  });
  try {
    useModel(await api.load(source, progress));
  } catch (error) {
    element('status').textContent = 'No model was loaded';
    showError(error);
  } finally {
    bar.hidden = true;
  }
}

function useModel(card: ModelCard): void {
  document.body.classList.add('ready');
  history.clear();
  stage.setModel(card);
  element('status').textContent = `Ready to inspect: ${card.categories.join(', ')}`;
  const { config, categories, threshold } = card;
  const rows = {
    Knows: categories.join(', '),
    Method: config.method,
    Backbone: config.backbone.name,
    'Runs on': card.device,
    Threshold: `${format(threshold.score)}, ${threshold.source}`,
  };
  element('card').replaceChildren(
    ...Object.entries(rows).flatMap(([term, text]) => [
      Object.assign(document.createElement('dt'), { textContent: term }),
      Object.assign(document.createElement('dd'), { textContent: text }),
    ]),
  );
  element('save').hidden = false;
  pictures.disabled = element<HTMLButtonElement>('camera').disabled = false;
}

async function inspect(files: readonly File[]): Promise<void> {
  if (pictures.disabled) return showError('Load a model first, or train one.');
  if (files.length === 0) return showError('Expected pictures, but there is none among these files.');
  camera.stop();
  for (const picture of files) {
    try {
      const entry = { name: picture.name, picture, ...(await api.predict(picture)) };
      history.add(entry);
      await look(entry);
    } catch (error) {
      showError(error);
    }
  }
}

async function look(entry: Entry): Promise<void> {
  camera.stop();
  history.mark(entry);
  await stage.show(entry);
}

/** What a live camera sees is shown and forgotten. */
async function glance(picture: ImageBitmap): Promise<void> {
  const copy = await createImageBitmap(picture);
  const finding = await api.predict(transfer(copy, [copy]));
  history.mark(undefined);
  await stage.show({ name: 'camera', picture, ...finding });
}

async function saveModel(): Promise<void> {
  for (const [name, bytes] of Object.entries(await api.files())) {
    save(name, bytes, name.endsWith('.json') ? 'application/json' : 'application/octet-stream');
  }
}
