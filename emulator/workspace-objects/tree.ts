import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError, invalid, notFound } from '../errors.ts';
import type { Workspace } from '../workspace.ts';
import type { Language } from './notebooks.ts';

/** An object of the workspace tree; contents are files of their own. */
export interface Entry {
  path: string;
  object_id: number;
  object_type: 'DIRECTORY' | 'NOTEBOOK' | 'FILE' | 'REPO';
  language?: Language;
  created_at: number;
  modified_at: number;
  size: number;
}

/** The tree of notebooks, files and folders. */
export interface Tree {
  get(path: string): Entry | undefined;
  /** @throws ApiError 404 RESOURCE_DOES_NOT_EXIST */
  require(path: string): Entry;
  byId(id: string): Entry | undefined;
  children(path: string): Entry[];
  below(path: string): Entry[];
  read(entry: Entry): Buffer;
  /** Writes a notebook or file; the folder above must exist. @throws ApiError when the path is taken or the folder is missing. */
  write(
    path: string,
    content: Buffer,
    facts: { type: 'NOTEBOOK' | 'FILE'; language?: Language; overwrite: boolean },
  ): Entry;
  /** Makes a folder with those above it. @throws ApiError RESOURCE_ALREADY_EXISTS when something else is in the way. */
  makeFolder(path: string, type?: 'DIRECTORY' | 'REPO'): Entry;
  remove(entry: Entry): void;
}

const FIRST_ID = 5_000_000_000_000_001;

/** Whether an entry holds others. */
export function isFolder(entry: Entry | undefined): boolean {
  return entry?.object_type === 'DIRECTORY' || entry?.object_type === 'REPO';
}

/** A path without the prefix `/Workspace`, which every path may have: `/Workspace/Shared/a` and `/Shared/a` are one object. */
export function plainPath(path: string): string {
  const plain = path.replace(/^\/Workspace(?=\/|$)/, '');
  return plain === '' ? '/' : plain;
}

/** Checks a path of the workspace. @throws ApiError INVALID_PARAMETER_VALUE */
export function checkPath(path: unknown): string {
  const text = String(path);
  if (!text.startsWith('/')) throw invalid(`Path (${text}) must be absolute: it starts with '/'.`);
  if (text.split('/').includes('..')) throw invalid(`Path (${text}) must not hold '..'.`);
  return text.length > 1 ? text.replace(/(?<!\/)\/+$/, '') || '/' : text;
}

/** Opens the tree; the folders that every workspace has are made when they are missing. */
export function createTree(workspace: Workspace): Tree {
  const all = workspace.store.collection<Entry>('workspace_objects');
  const folder = join(workspace.folder, 'workspace');
  mkdirSync(folder, { recursive: true });
  const fileOf = (entry: Entry) => join(folder, String(entry.object_id));
  const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/';
  const nextId = () => {
    const counter = workspace.store.collection<number>('workspace_counter');
    const id = counter.get('next') ?? FIRST_ID;
    counter.put('next', id + 1);
    return id;
  };
  const put = (path: string, facts: Partial<Entry>): Entry => {
    const now = workspace.now();
    const old = all.get(path);
    return all.put(path, {
      object_type: 'DIRECTORY',
      size: 0,
      ...facts,
      path,
      object_id: old?.object_id ?? nextId(),
      created_at: old?.created_at ?? now,
      modified_at: now,
    });
  };

  const tree: Tree = {
    get: (path) => all.get(path),
    require(path) {
      const entry = all.get(path);
      if (entry === undefined) throw notFound(`Path (${path}) doesn't exist.`);
      return entry;
    },
    byId: (id) => all.values().find((entry) => String(entry.object_id) === id),
    children: (path) => all.values().filter((entry) => entry.path !== '/' && parentOf(entry.path) === path),
    below: (path) =>
      all.values().filter((entry) => entry.path.startsWith(path === '/' ? '/' : `${path}/`) && entry.path !== '/'),
    read: (entry) => readFileSync(fileOf(entry)),
    write(path, content, { type, language, overwrite }) {
      const old = all.get(path);
      if (old !== undefined && (!overwrite || isFolder(old)))
        throw new ApiError(400, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) already exists.`);
      if (old !== undefined && old.object_type !== type)
        throw invalid(
          `Cannot overwrite the asset at ${path} due to type mismatch (asked: ${type}, actual: ${old.object_type})`,
        );
      const parent = all.get(parentOf(path));
      if (!isFolder(parent)) throw notFound(`The parent folder (${parentOf(path)}) does not exist.`);
      const entry = put(path, {
        object_type: type,
        size: content.length,
        ...(language === undefined ? {} : { language }),
      });
      writeFileSync(fileOf(entry), content);
      return entry;
    },
    makeFolder(path, type = 'DIRECTORY') {
      const old = all.get(path);
      if (old !== undefined && isFolder(old)) return old;
      if (old !== undefined)
        throw new ApiError(
          400,
          'RESOURCE_ALREADY_EXISTS',
          `Path (${path}) already exists, and is a ${old.object_type.toLowerCase()}.`,
        );
      if (path !== '/') tree.makeFolder(parentOf(path));
      return put(path, { object_type: type });
    },
    remove(entry) {
      for (const inner of [...tree.below(entry.path), entry]) {
        if (!isFolder(inner)) rmSync(fileOf(inner), { force: true });
        all.delete(inner.path);
      }
    },
  };
  for (const path of ['/', '/Shared', '/Repos', `/Users/${workspace.admin.userName}`]) tree.makeFolder(path);
  return tree;
}
