import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { iconError } from '../../connector/icon.ts';
import { manifestErrors } from './manifest-folder.ts';

const HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">';
const drawing = (inside: string) => `${HEAD}${inside}</svg>`;

test.each([['core'], ['databricks']])('the icon of %s is a drawing', async (id) => {
  expect(iconError(await readFile(new URL(`../../manifests/${id}/icon.svg`, import.meta.url), 'utf8'))).toBeUndefined();
});

test('takes shapes, a title and a gradient of its own', () => {
  const gradient = '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs>';

  expect(
    iconError(drawing(`<title>Shop</title>${gradient}<g>\n<path d="M0 0h1"\n fill="url(#a)" /></g>`)),
  ).toBeUndefined();
});

describe('refuses', () => {
  test.each([
    ['a script', drawing('<script>alert(1)</script>'), 'has <script>'],
    ['a handler', drawing('<path onload="alert(1)"/>'), 'the attribute "onload"'],
    ['a handler at the root', HEAD.replace('<svg', '<svg onload="x"'), 'the attribute "onload"'],
    ['a style', drawing('<path style="fill:url(http://x)"/>'), 'the attribute "style"'],
    ['a style sheet', drawing('<style>*{}</style>'), 'has <style>'],
    ['a link', drawing('<path xlink:href="http://x"/>'), 'only elements with plain attributes'],
    ['an image', drawing('<image href="http://x"/>'), 'has <image>'],
    ['foreign content', drawing('<foreignObject></foreignObject>'), 'has <foreignObject>'],
    ['a paint server elsewhere', drawing('<path fill="url(http://x#a)"/>'), 'only a gradient of its own'],
    ['an entity', `<!DOCTYPE svg [<!ENTITY a "b">]>${drawing('<title>x</title>')}`, 'only elements with plain'],
    ['a reference', drawing('<title>&lt;script&gt;</title>'), 'has the text'],
    ['a comment', drawing('<!-- x -->'), 'only elements with plain attributes'],
    ['text between shapes', drawing('hello'), 'has the text "hello"'],
    ['a second root', drawing('<path d="M0 0"/>') + drawing(''), 'something after </svg>'],
    ['an end that does not fit', drawing('<g><path d="M0 0"/></path>'), 'has </path>'],
    ['what is not complete', HEAD, 'is not a complete <svg> element'],
    ['no namespace', '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>', 'needs xmlns'],
    ['no view box', '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', 'needs a viewBox'],
    ['another document', '<html></html>', 'where <svg> must begin'],
    ['nothing', '', 'is not a complete <svg> element'],
    ['a picture', drawing(`<path d="${'M0 0'.repeat(3000)}"/>`), 'has more than 8192 bytes'],
  ])('%s', (_what, svg, expected) => {
    expect(iconError(svg)).toContain(expected);
  });
});

const connector = {
  id: 'shop',
  version: 1,
  title: 'Shop',
  icon: 'icon.svg',
  connection: { type: 'object', additionalProperties: false, properties: {} },
  auth: [],
};

test.each<[what: string, files: { [path: string]: unknown }, expected: string]>([
  ['missing', {}, 'shop/connector.json#/icon: names a file that cannot be read'],
  ['no drawing', { 'shop/icon.svg': '<html></html>' }, 'shop/icon.svg#: has <html>'],
])('names the file when the icon is %s', async (_what, files, expected) => {
  expect((await manifestErrors({ 'shop/connector.json': connector, ...files })).join()).toContain(expected);
});

test.each(['../databricks/icon.svg', 'icon.png', '/etc/passwd.svg'])('refuses the path %s', async (icon) => {
  const errors = await manifestErrors({ 'shop/connector.json': { ...connector, icon } });

  expect(errors.join()).toContain('shop/connector.json#/icon');
});
