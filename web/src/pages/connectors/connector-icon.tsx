import type { Connector } from 'penstock-client';
import { Icon } from '../../components/icon.tsx';
import './connectors.css';

/** The icon of a connector, in its color; beside its name, so it has no text of its own. */
export function ConnectorIcon({
  connector,
  size = 20,
}: {
  connector: Pick<Connector, 'icon' | 'color'> | undefined;
  size?: number;
}) {
  return (
    <span className="connector-icon" style={{ width: size, height: size, color: connector?.color }}>
      {connector?.icon === undefined ? (
        <Icon name="connectors" size={size} />
      ) : (
        <img src={connector.icon} width={size} height={size} alt="" />
      )}
    </span>
  );
}
