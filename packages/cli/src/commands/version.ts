/** `version`: the installed versions. It needs no running app. */
import { loadConfig, VERSION } from '@porthole/core/internal';
import type { RunCommand } from '../command.js';
import { EXIT_CODE } from '../exit-code.js';
import { print } from '../output.js';

export const version: RunCommand = async ({ values }, options) => {
  const { serviceName, serviceVersion } = loadConfig(options).config;
  const node = process.versions.node;
  if (values.has('json')) {
    await print(`${JSON.stringify({ service: serviceName, version: serviceVersion, porthole: VERSION, node })}\n`);
  } else {
    const service = serviceVersion === '' ? serviceName : `${serviceName} ${serviceVersion}`;
    await print(`${service}, Porthole ${VERSION}, Node.js ${node}\n`);
  }
  return EXIT_CODE.done;
};
