// The walls between the packages: which may import which, and by what way. Run by test/architecture.
const path = require('node:path');

const RING_2 = '(?:logger|metrics|tracing|health|lifecycle|http|clients|diagnostics)';
const TESTS = '\\.(?:test|fixture)\\.ts$|/src/testing/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that import each other, even only types, cannot be understood, loaded or tested apart.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-stands-alone',
      comment: 'Ring 1: core imports Node.js and itself.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: TESTS },
      to: { pathNot: '^packages/core/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'no-sideways-imports',
      comment:
        'Ring 2: a package imports core, never a sibling and never what stands on it; they meet in the ports of core.',
      severity: 'error',
      from: { path: `^packages/(${RING_2})/` },
      to: {
        path: '^packages/|^@porthole/|^porthole(?:/|$)',
        pathNot: ['^packages/(?:core|$1)/', '^@porthole/(?:core|$1)(?:/|$)'],
      },
    },
    {
      name: 'no-way-around-exports',
      comment: 'Another package is imported by its name and an entry of its exports, not by a path into its folder.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-own-build',
      comment: 'Sources import sources, not what was built of them.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: '^packages/$1/dist/' },
    },
    {
      name: 'the-probe-stays-small',
      comment: 'A probe runs every few seconds: what it loads is its cost.',
      severity: 'error',
      from: { path: '^packages/healthcheck/src/', pathNot: TESTS },
      to: { pathNot: ['^(?:node:)?(?:net|fs|os|path|util)$', '^packages/(?:healthcheck|core)/'] },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'What published code imports stands in the package.json beside it.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'nothing-unresolved',
      comment:
        'An import that leads nowhere; a sibling may not be built yet (npm run build), or the entry is not among its exports.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: '(?:^|/)(?:node_modules|dist)/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: path.join(__dirname, 'tsconfig.json') },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
