// SPDX-License-Identifier: Apache-2.0
// Debian packages Vega as modules of their own, each of which wants a CommonJS loader. This is one: `sources` is
// [name, function (exports, module, require)], and the result is what the package `vega` exports as far as charts need it.
'use strict';
function loadVega(sources) {
  const loaded = {};
  const alias = {'vega-selections': 'vega-selection'};
  const require = asked => {
    const name = alias[asked] || asked;
    if (!loaded[name]) {
      const module = {exports: {}};
      loaded[name] = module;
      sources[name](module.exports, module, require);
    }
    return loaded[name].exports;
  };
  const transforms = require('vega-dataflow').transforms;
  ['vega-transforms', 'vega-view-transforms', 'vega-encode'].forEach(name => Object.assign(transforms, require(name)));
  return {
    parse: require('vega-parser').parse,
    View: require('vega-view').View,
    expressionInterpreter: require('vega-interpreter').expressionInterpreter,
  };
}
