/** What a bundler makes a script of, for the tests: the browser entry of the package, in the page's global scope. */
import * as uniad from '@uniad/core';

Object.assign(globalThis, { uniad });
