import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { getWorkflow, type Workflow } from 'penstock-client';
import { lazy, Suspense, useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { isObject, type JsonObject, MAIN_LIST, placeOf, placesOf } from '../../builder/document.ts';
import { endOf, insertSteps, newStep, type Spot } from '../../builder/edit.ts';
import { fittingNames, namesIn } from '../../builder/fitting.ts';
import { TRIGGER_NODE } from '../../builder/graph.ts';
import { idsOf } from '../../builder/ids.ts';
import { MAX_STEPS } from '../../builder/transfer.ts';
import { useIsNarrow } from '../../components/narrow.ts';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { ask } from '../../data/api-error.ts';
import { meQuery, useCan } from '../../data/me.ts';
import { withValueAt } from '../../data/pointer.ts';
import { type Builder, BuilderContext, type BuilderDialog, useBuilder } from './builder-context.ts';
import { useAction, useCatalog } from './catalog.ts';
import { CheckList } from './check-list.tsx';
import { ChooseDialog } from './choose-dialog.tsx';
import type { openDraft } from './draft-data.ts';
import { OUTLINE_KEYS, Outline } from './outline.tsx';
import { Panel } from './panel.tsx';
import { PublishDialog } from './publish-dialog.tsx';
import { RunBar, useShownRun } from './run-bar.tsx';
import { RunDialog } from './run-dialog.tsx';
import { SaveLine } from './save-line.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { ImportDialog, PasteDialog } from './text-dialogs.tsx';
import { Toolbar } from './toolbar.tsx';
import { relocateReport, useCheck } from './use-check.ts';
import { useHistory } from './use-history.ts';
import { VersionsDialog } from './versions-dialog.tsx';

const Drawing = lazy(() => import('./drawing.tsx'));
const route = getRouteApi('/frame/workflows/$id/edit');
const NO_ERRORS: Builder['errors'] = [];

/** The open draft with everything around it. */
export function Editor({ workflow: first, opened }: { workflow: Workflow; opened: ReturnType<typeof openDraft> }) {
  const { saver } = opened;
  const { data: workflow } = useQuery({
    queryKey: ['workflow', first.id, 'published'],
    queryFn: ({ signal }) => ask(getWorkflow({ path: { id: first.id }, signal })),
    initialData: first,
  });
  const { step: selected, tab, dialog, run } = route.useSearch();
  const navigate = useNavigate();
  const isNarrow = useIsNarrow();
  const canEdit = useCan('PUT /v1/workflows/{id}/draft');
  const { data: me } = useQuery(meQuery);
  const history = useHistory(opened.document, saver);
  const { document, edit } = history;
  const saving = useSyncExternalStore(saver.subscribe, saver.state);
  const check = useCheck(workflow.id);
  const shownRun = useShownRun(workflow.id, run);
  const [said, setSaid] = useState('');
  const [published, setPublished] = useState<number>();
  const panel = useRef<HTMLElement>(null);
  const dialogSpot = useRef<Spot>(undefined);

  const search = useCallback(
    (change: {
      step?: string | undefined;
      tab?: string | undefined;
      dialog?: string | undefined;
      run?: string | undefined;
    }) => void navigate({ to: '.', replace: true, resetScroll: false, search: (before) => ({ ...before, ...change }) }),
    [navigate],
  );
  const select = useCallback((key: string | undefined, next?: string) => search({ step: key, tab: next }), [search]);
  const focusPanel = useCallback(() => requestAnimationFrame(() => panel.current?.focus()), []);
  const open = useCallback(
    (name: BuilderDialog, spot?: Spot) => {
      dialogSpot.current = spot;
      search({ dialog: name });
    },
    [search],
  );
  const close = useCallback(() => search({ dialog: undefined }), [search]);
  const spot = useCallback((): Spot => {
    const place = placeOf(document, selected);
    if (place !== undefined) return { list: place.list, after: place.id };
    return selected === TRIGGER_NODE ? { list: MAIN_LIST } : endOf(document);
  }, [document, selected]);
  const announce = useCallback((text: string) => setSaid(text), []);
  // What was found stays with its step when others are added or moved, and goes when its value is changed.
  const report = useMemo(
    () => (check.report === undefined ? undefined : relocateReport(check.report, check.document!, document)),
    [check.report, check.document, document],
  );
  const errors = report?.errors ?? NO_ERRORS;
  const builder = useMemo<Builder>(
    () => ({
      workflow,
      document,
      canEdit,
      edit,
      undo: history.undo,
      redo: history.redo,
      saver,
      saving,
      selected,
      select,
      focusPanel,
      open,
      close,
      spot,
      announce,
      errors,
      run: shownRun.run,
      runStates: shownRun.states,
    }),
    // `undo` and `redo` are new with the document.
    [
      workflow,
      document,
      canEdit,
      edit,
      history.undo,
      history.redo,
      saver,
      saving,
      selected,
      select,
      focusPanel,
      open,
      close,
      spot,
      announce,
      errors,
      shownRun.run,
      shownRun.states,
    ],
  );
  const name = typeof document.name === 'string' && document.name.trim() !== '' ? document.name : workflow.name;
  return (
    <BuilderContext value={builder}>
      <Page title={name} beside={<SaveLine />} actions={<Toolbar check={check} />} fills={!isNarrow}>
        <p className="hidden" role="status" aria-label="What happened">
          {said}
        </p>
        {isNarrow && said !== '' && (
          <p className="soft small" aria-hidden="true">
            {said}
          </p>
        )}
        {!canEdit && me !== undefined && (
          <p className="soft small">To change the workflow, you need the role builder. Yours is {me.role}.</p>
        )}
        <RunBar run={shownRun} runId={run} onChoose={(id) => search({ run: id })} published={published} />
        {check.error !== undefined && dialog !== 'publish' && <ErrorState error={check.error} />}
        {report !== undefined && dialog !== 'publish' && (
          <CheckList report={report} isCurrent={check.document === document} />
        )}
        <div className="builder" data-narrow={isNarrow || undefined}>
          <Outline />
          {!isNarrow && (
            <Suspense fallback={<Skeleton />}>
              <Drawing />
            </Suspense>
          )}
          <Panel ref={panel} tab={tab} />
        </div>
        {/* Below, so that nothing moves when something is said. */}
        {!isNarrow && (
          <p className="soft small builder-status" aria-hidden="true">
            {said || (canEdit ? OUTLINE_KEYS : '')}
          </p>
        )}
        {dialog === 'add' && <AddDialog spot={() => validSpot(document, dialogSpot.current) ?? spot()} />}
        {dialog === 'action' && <ActionDialog />}
        {dialog === 'trigger' && <TriggerDialog />}
        {dialog === 'paste' && <PasteDialog spot={spot()} />}
        {dialog === 'import' && <ImportDialog />}
        {dialog === 'settings' && <SettingsDialog />}
        {dialog === 'versions' && <VersionsDialog />}
        {dialog === 'publish' && (
          <PublishDialog
            check={check}
            onPublished={(version) => {
              check.clear();
              setPublished(version);
              close();
            }}
          />
        )}
        {dialog === 'run' && <RunDialog onStarted={(id) => search({ dialog: undefined, run: id })} />}
      </Page>
    </BuilderContext>
  );
}

/** A spot outlives a reload of the address, but the step that it names may not. */
function validSpot(document: JsonObject, spot: Spot | undefined): Spot | undefined {
  if (spot === undefined) return undefined;
  const ids = idsOf(document);
  return [spot.after, spot.before].every((id) => id === undefined || ids.has(id)) ? spot : undefined;
}

function AddDialog({ spot }: { spot: () => Spot }) {
  const { document, edit, close, select, focusPanel, announce } = useBuilder();
  const { actions } = useCatalog();
  const last = placesOf(document).find(({ id }) => id !== '' && id === spot().after)?.step.action;
  const before = useAction(typeof last === 'string' ? last : undefined).data;
  const names = namesIn(before?.output);
  const fitting = (id: string) => {
    const action = actions?.get(id);
    return action === undefined || before === undefined
      ? []
      : fittingNames(action, { connector: before.connector, names });
  };
  const add = (action: string) => {
    close();
    if (idsOf(document).size >= MAX_STEPS) return announce(`A workflow has at most ${MAX_STEPS} steps.`);
    const step = newStep(document, action);
    edit((before) => insertSteps(before, spot(), [step]));
    select(String(step.id));
    focusPanel();
    announce(`Added ${String(step.id)}`);
  };
  return (
    <ChooseDialog
      title="Choose an action"
      items={actions}
      fitting={fitting}
      recentKey="penstock.recent-actions"
      onChoose={add}
      onClose={close}
    />
  );
}

/** Another action for the selected step: its id, its place and what its input has stay. */
function ActionDialog() {
  const { document, selected, edit, close, focusPanel, announce } = useBuilder();
  const { actions } = useCatalog();
  const place = placeOf(document, selected);
  const choose = (action: string) => {
    close();
    if (place === undefined) return;
    edit((before) => withValueAt(before, `${place.pointer}/action`, action));
    focusPanel();
    announce(`${place.key} is now ${actions?.get(action)?.title ?? action}`);
  };
  return (
    <ChooseDialog
      title="Choose an action"
      items={actions}
      recentKey="penstock.recent-actions"
      onChoose={choose}
      onClose={close}
    />
  );
}

function TriggerDialog() {
  const { document, edit, close, select, focusPanel, announce } = useBuilder();
  const { triggers } = useCatalog();
  const choose = (id: string) => {
    close();
    // Chosen again, it keeps its input.
    const isSame = isObject(document.trigger) && document.trigger.id === id;
    if (!isSame) edit((before) => ({ ...before, trigger: { id } }));
    select(TRIGGER_NODE);
    focusPanel();
    announce(`The trigger is ${triggers?.get(id)?.title ?? id}`);
  };
  return (
    <ChooseDialog
      title="Choose a trigger"
      items={triggers}
      recentKey="penstock.recent-triggers"
      onChoose={choose}
      onClose={close}
    />
  );
}
