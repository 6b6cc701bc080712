package contract_test

import (
	"testing"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/odoo/odootest/contract"
)

func inProcess(t *testing.T, series int, globally bool) contract.Target {
	t.Helper()
	srv := odootest.New(odootest.Version(series))
	srv.RoundGlobally(globally)
	t.Cleanup(srv.Close)
	target := contract.Target{Series: series, URL: srv.Start(), Database: srv.DB(), Login: srv.Login(), Password: srv.Password(), AddUser: srv.AddUser, Globally: globally}
	if series >= 19 {
		target.APIKey = srv.APIKey()
	}
	return target
}

func realServer(t *testing.T, series int) contract.Target {
	t.Helper()
	p := peer.OdooServer(t, series)
	return contract.Target{Series: series, URL: p.URL, Database: p.Database, Login: p.Login, Password: p.Password, APIKey: p.APIKey, Globally: series >= 19}
}

func TestInProcess14(t *testing.T)         { t.Parallel(); contract.Run(t, inProcess(t, 14, false)) }
func TestInProcess19(t *testing.T)         { t.Parallel(); contract.Run(t, inProcess(t, 19, true)) }
func TestInProcess14Globally(t *testing.T) { t.Parallel(); contract.Run(t, inProcess(t, 14, true)) }
func TestInProcess19PerLine(t *testing.T)  { t.Parallel(); contract.Run(t, inProcess(t, 19, false)) }
func TestReal14(t *testing.T)              { t.Parallel(); contract.Run(t, realServer(t, 14)) }
func TestReal19(t *testing.T)              { t.Parallel(); contract.Run(t, realServer(t, 19)) }

func TestAgree14(t *testing.T) {
	t.Parallel()
	contract.Agree(t, inProcess(t, 14, false), realServer(t, 14), 200)
}

func TestAgree19(t *testing.T) {
	t.Parallel()
	contract.Agree(t, inProcess(t, 19, true), realServer(t, 19), 200)
}

func TestAgreeStock14(t *testing.T) {
	t.Parallel()
	contract.AgreeStock(t, inProcess(t, 14, false), realServer(t, 14), 0, 8)
}

func TestAgreeStock19(t *testing.T) {
	t.Parallel()
	contract.AgreeStock(t, inProcess(t, 19, true), realServer(t, 19), 0, 8)
}
