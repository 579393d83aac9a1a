import type { Access } from '../connector/access.ts';
import type { JsonObject, RequestTemplate } from '../connector/manifest.ts';

declare module '../connector/service.ts' {
  interface Service {
    /** Whether a host name that a person gave is a token, pasted into the wrong field. */
    isSecretHost?(host: string): boolean;
    /** The public fields of a new authentication as they are stored; `given` is the body as it came. @throws ConnectorError with pointers into the body */
    readLogin?(shown: JsonObject, given: Readonly<Record<string, unknown>>): JsonObject;
    /** The id of the workspace that answered a `test` request; names of headers are in lower case, `account` has the public fields. */
    workspaceOf?(
      headers: Readonly<Record<string, string | string[] | undefined>>,
      account: JsonObject,
    ): string | undefined;
    /** Refuses an address that a login through an OAuth app, or a connect link, cannot serve. @throws ConnectorError */
    checkLoginAddress?(address: string): void;
    /** Checks the fields of a linked account beyond their schema. @throws ConnectorError */
    checkAccount?(fields: Readonly<Record<string, unknown>>, of: { isNew: boolean; isDefaultRequired: boolean }): void;
    /** What most actions need, asked with one read-only request each by a test on demand. */
    permissionProbes?(account: JsonObject): readonly PermissionProbe[];
    /** The command with which an administrator registers an OAuth app at the service. */
    registrationCommand?(app: AppRegistration): string;
    /** Says who credentials are, of a service that does not speak HTTP; in place of the manifest's `test`. @throws ConnectorError ERR_AUTH_FAILED */
    identify?(access: Access, signal: AbortSignal): Promise<{ user_name?: string }>;
    /** Takes over what the tools of the service use on a machine. */
    readonly importProfile?: ProfileImport;
    /** The places that an account-level authentication reaches. */
    readonly workspaces?: AccountWorkspaces;
    /** Roles that callers need for actions which change what Penstock stores, by the ids of the actions. */
    readonly requiredRoles?: Readonly<Record<string, 'viewer' | 'operator' | 'builder' | 'admin'>>;
  }
}

/** One thing that actions need. */
export interface PermissionProbe {
  permission: string;
  /** Id of a read-only action with a request, and its input. */
  action: string;
  input: JsonObject;
  hint: string;
  /** Whether "not found" says that it is hidden. */
  isHidden?: boolean;
}

/** An app to be registered. */
export interface AppRegistration {
  name: string;
  redirectUrls: readonly string[];
  scopes: readonly string[];
  confidential: boolean;
}

/** Credentials of other tools. */
export interface ProfileImport {
  /** For the help of the command. */
  text: string;
  profileText: string;
  /** The file that is read, by the variables of the environment; `isNamed` when it must be there. */
  fileOf(
    env: Readonly<Record<string, string | undefined>>,
    home: string,
  ): { path: string; isNamed: boolean; variable: string };
  needsFile(env: Readonly<Record<string, string | undefined>>, profile?: string): boolean;
  /** @throws ConnectorError ERR_CONFIG, never with a value */
  read(given: {
    env: Readonly<Record<string, string | undefined>>;
    file: string | undefined;
    profile?: string | undefined;
  }): ImportedProfile;
}

/** What was found. Holds a secret. */
export interface ImportedProfile {
  /** Body of an authentication but for its name. */
  body: { kind: string } & Record<string, unknown>;
  /** The name of an authentication that is given none. */
  name?: string | undefined;
  /** Where each field came from. Holds no values. */
  sources: Record<string, string>;
  /** What else a person should know. */
  note?: string | undefined;
}

/** How an account lists its workspaces. */
export interface AccountWorkspaces {
  /** Where people of a whole account sign in, unless an OAuth app with an `account_id` has another host. */
  readonly host: string;
  request: RequestTemplate;
  /** @throws ConnectorError ERR_RESPONSE_INVALID */
  read(body: unknown, accountOrigin: string): AccountWorkspace[];
  /** @throws ConnectorError ERR_NOT_FOUND, ERR_CONFLICT when its address is not known */
  find(workspaces: readonly AccountWorkspace[], id: string): AccountWorkspace & { host: string };
  /** Whether an authentication with these fields is an account's; the error when it is not. */
  refuse(fields: JsonObject, name: string): Error | undefined;
}

/** A workspace as the account API tells of it, with its id as text and its address. */
export interface AccountWorkspace {
  workspace_id: string;
  workspace_name: string;
  workspace_status?: string;
  /** `https://name`, where its REST API is; missing where the service does not say its name. */
  host?: string;
}
