import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { getWorkflowDraft } from 'penstock-client';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { exportFile } from '../../builder/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useBuilder } from './builder-context.ts';
import { definitionOf } from './draft-data.ts';
import type { CheckResult } from './use-check.ts';

/** What can be done with the whole draft. */
export function Toolbar({ check }: { check: CheckResult }) {
  const { document, canEdit, undo, redo, open, spot, workflow, saver, announce } = useBuilder();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const canCheck = useCan('POST /v1/workflows/check');
  const canPublish = useCan('POST /v1/workflows/{id}/draft/publish');
  const canRun = useCan('POST /v1/workflows/{id}/run');
  const more: { id: string; text: string; act(): void }[] = [
    { id: 'settings', text: 'Workflow settings', act: () => open('settings') },
    { id: 'versions', text: 'Versions', act: () => open('versions') },
    ...(canEdit ? [{ id: 'paste', text: 'Paste steps…', act: () => open('paste') }] : []),
    ...(canEdit ? [{ id: 'import', text: 'Import…', act: () => open('import') }] : []),
    { id: 'export', text: 'Export', act: () => void download() },
    {
      id: 'runs',
      text: 'Runs of this workflow',
      act: () => void navigate({ to: '/runs', search: { workflow: workflow.name } }),
    },
  ];
  /** What the API shows, so that no secret that was typed here gets into the file. */
  const download = async () => {
    try {
      await saver.flush();
      const accounts = await queries.fetchQuery(accountsQuery);
      const text = exportFile(await shownDocument(), new Map(accounts.map(({ id, name }) => [id, name])));
      const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
      const link = window.document.createElement('a');
      link.href = url;
      link.download = `${workflow.name.replaceAll(/[^\w.-]+/g, '-')}.json`;
      link.click();
      URL.revokeObjectURL(url);
      announce('Exported. Secrets are not in the file.');
    } catch (error) {
      announce(`Not exported: ${error instanceof ApiError ? error.problem.detail : String(error)}`);
    }
  };
  const shownDocument = async () => {
    if (saver.etag() === undefined) return { name: workflow.name, ...definitionOf(workflow) };
    return (await ask(getWorkflowDraft({ path: { id: workflow.id } }))).definition;
  };
  return (
    <>
      {canEdit && (
        <>
          <Button kind="quiet" isDisabled={undo === undefined} onPress={() => undo?.()}>
            Undo
          </Button>
          <Button kind="quiet" isDisabled={redo === undefined} onPress={() => redo?.()}>
            Redo
          </Button>
          <Button icon="plus" onPress={() => open('add', spot())}>
            Add step
          </Button>
        </>
      )}
      {canCheck && (
        <Button isPending={check.isPending} onPress={() => void check.run(document)}>
          Check
        </Button>
      )}
      {canRun && canEdit && <Button onPress={() => open('run')}>Run draft</Button>}
      {canPublish && (
        <Button kind="primary" onPress={() => open('publish')}>
          Publish
        </Button>
      )}
      <MenuTrigger>
        <AriaButton className="button" data-kind="quiet" aria-label="More">
          More
          <Icon name="down" />
        </AriaButton>
        <Popover className="popover" placement="bottom end">
          <Menu
            className="list"
            aria-label="More"
            items={more}
            onAction={(key) => more.find(({ id }) => id === key)?.act()}
          >
            {({ id, text }: { id: string; text: string }) => (
              <MenuItem id={id} className="list-item">
                {text}
              </MenuItem>
            )}
          </Menu>
        </Popover>
      </MenuTrigger>
    </>
  );
}
