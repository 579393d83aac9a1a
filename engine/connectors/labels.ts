import type { Context } from './context.ts';

/** Of what a tenant has added: series by names that tenants choose would fill the memory of anyone who scrapes. */
const OWN = 'own';

/** An action as metrics name it. */
export function actionLabel({ catalogs }: Pick<Context, 'catalogs'>, action: string): string {
  return catalogs.builtIn.actions.has(action) ? action : OWN;
}

/** A connector as metrics name it. */
export function connectorLabel({ catalogs }: Pick<Context, 'catalogs'>, connector: string): string {
  return catalogs.builtIn.connectors.has(connector) ? connector : OWN;
}
