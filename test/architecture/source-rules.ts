/** The rules of the house that a reader of the syntax tree can check, for published sources. */
import { basename, dirname } from 'node:path';
import ts from 'typescript';

/** Names that say nothing about what is inside. */
const VAGUE_NAMES = /^(utils?|helpers?|common|misc|types)$/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** What of `process` belongs to the packages that touch the process. */
const PROCESS_CONTROL = new Set([
  'abort',
  'addListener',
  'exit',
  'exitCode',
  'off',
  'on',
  'once',
  'prependListener',
  'prependOnceListener',
  'reallyExit',
  'removeAllListeners',
  'removeListener',
]);

/** And a program, which is its own process. */
const MAY_TOUCH_THE_PROCESS = /^packages\/(lifecycle\/|cli\/|healthcheck\/src\/main\.ts$)/;
/** A test runner's console, which keeps lines out of the runner's own results. */
const MAY_WRITE_TO_THE_CONSOLE = /^packages\/logger\/src\/stdout-sink\.ts$/;
const MAY_READ_THE_ENVIRONMENT = /^packages\/core\/src\/config\//;

/** What is wrong with the source file `path` (from the root, with slashes) that holds `text`, one line each. */
export function violationsIn(path: string, text: string): readonly string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found: string[] = nameViolations(path);
  const report = (node: ts.Node, what: string): void => {
    found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1} ${what}`);
  };
  if (basename(path) === 'index.ts') checkIndex(file, report);
  visit(file, (node) => {
    for (const member of membersOf('process', node)) {
      if (member === 'env' && !MAY_READ_THE_ENVIRONMENT.test(path)) report(node, 'reads process.env');
      if (PROCESS_CONTROL.has(member) && !MAY_TOUCH_THE_PROCESS.test(path)) report(node, `uses process.${member}`);
    }
    for (const member of membersOf('console', node)) {
      if (!MAY_TOUCH_THE_PROCESS.test(path) && !MAY_WRITE_TO_THE_CONSOLE.test(path))
        report(node, `uses console.${member}`);
    }
    // webpack puts undefined in its place, and process.getBuiltinModule('node:module').createRequire works in every
    // bundle.
    if (membersOf('module', node).includes('createRequire')) report(node, 'imports createRequire');
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) report(node, 'uses import.meta');
    if (isAwait(node) && !isInsideFunction(node)) report(node, 'awaits at the top level');
    if (isDefaultExport(node)) report(node, 'exports a default');
  });
  return found;
}

function nameViolations(path: string): string[] {
  const names = [...dirname(path).split('/').slice(3), basename(path, '.ts')];
  return names.flatMap((name) => {
    if (VAGUE_NAMES.test(name)) return [`${path} is named ${name}`];
    return KEBAB_CASE.test(name) ? [] : [`${path} is not in kebab-case`];
  });
}

/** An index only re-exports, by name, types apart from values. */
function checkIndex(file: ts.SourceFile, report: (node: ts.Node, what: string) => void): void {
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) {
      report(statement, 'does more than re-export');
    } else if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) {
      report(statement, 're-exports without names');
    } else if (!statement.isTypeOnly && statement.exportClause.elements.some((element) => element.isTypeOnly)) {
      report(statement, 'mixes types and values');
    }
  }
}

/**
 * The members of the global `object` that `node` reaches: by access, by destructuring, or by import from its module.
 */
function membersOf(object: string, node: ts.Node): readonly string[] {
  if (ts.isPropertyAccessExpression(node) && denotes(object, node.expression)) return [node.name.text];
  if (ts.isElementAccessExpression(node) && denotes(object, node.expression)) {
    return ts.isStringLiteralLike(node.argumentExpression) ? [node.argumentExpression.text] : [];
  }
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && denotes(object, node.initializer)) {
    return ts.isObjectBindingPattern(node.name) ? node.name.elements.map(nameInSource) : [];
  }
  if (ts.isImportDeclaration(node) && isModule(object, node.moduleSpecifier)) {
    const bindings = node.importClause?.namedBindings;
    return bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements.map(nameInSource) : [];
  }
  return [];
}

function nameInSource(element: ts.BindingElement | ts.ImportSpecifier): string {
  return (element.propertyName ?? element.name).getText();
}

function isModule(name: string, specifier: ts.Expression): boolean {
  return ts.isStringLiteral(specifier) && specifier.text.replace(/^node:/, '') === name;
}

/** `process` itself, or `globalThis.process`. */
function denotes(object: string, node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === object;
  return ts.isPropertyAccessExpression(node) && node.name.text === object && node.expression.getText() === 'globalThis';
}

function isAwait(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
}

function isInsideFunction(node: ts.Node): boolean {
  for (let parent = node.parent; parent !== undefined; parent = parent.parent) {
    if (ts.isFunctionLike(parent)) return true;
  }
  return false;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isCaseOrDefaultClause(node.parent);
}

function visit(node: ts.Node, each: (node: ts.Node) => void): void {
  each(node);
  ts.forEachChild(node, (child) => visit(child, each));
}
