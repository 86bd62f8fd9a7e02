/** The folders of this process's control group, in both versions (cgroups(7)). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './kernel-file.js';

/** In version 2 all controllers are in one folder; in version 1 each has its own. */
export type CgroupFolders =
  | { readonly version: 2; readonly folder: string }
  | { readonly version: 1; readonly memory: string; readonly cpu: string; readonly cpuacct: string };

/**
 * Finds them below `cgroupRoot`, the mount point of cgroups, by the entries of `procRoot` for the process: a service
 * that is started by an init system, or without a namespace of its own, is in a group further down.
 */
export function findCgroupFolders(cgroupRoot: string = '/sys/fs/cgroup', procRoot: string = '/proc'): CgroupFolders {
  const groups = parseGroups(readText(join(procRoot, 'self/cgroup')));
  if (existsSync(join(cgroupRoot, 'cgroup.controllers')))
    return { version: 2, folder: folderOf(cgroupRoot, groups.get('') ?? '/', 'cpu.stat') };
  const folderOfController = (controller: string, file: string): string => {
    const names = [...groups.keys()].filter((joint) => joint.split(',').includes(controller));
    // `cpu` is usually a link to `cpu,cpuacct`, but not everywhere.
    const mount = [controller, ...names].map((name) => join(cgroupRoot, name)).find((path) => existsSync(path));
    return folderOf(mount ?? join(cgroupRoot, controller), groups.get(names[0] ?? '') ?? '/', file);
  };
  return {
    version: 1,
    memory: folderOfController('memory', 'memory.usage_in_bytes'),
    cpu: folderOfController('cpu', 'cpu.stat'),
    cpuacct: folderOfController('cpuacct', 'cpuacct.usage'),
  };
}

/** Paths by their controllers, comma-separated; version 2's is under the empty text (cgroups(7), /proc/pid/cgroup). */
function parseGroups(text: string | undefined): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const line of (text ?? '').split('\n')) {
    const [, controllers, path] = line.match(/^\d+:([^:]*):(.*)$/) ?? [];
    if (controllers !== undefined && path !== undefined) groups.set(controllers, path);
  }
  return groups;
}

/**
 * If a container sees only its own part of the hierarchy, the path is that of the host, and its group is the root.
 */
function folderOf(mount: string, path: string, file: string): string {
  const own = join(mount, path);
  return own.startsWith(mount) && existsSync(join(own, file)) ? own : mount;
}
