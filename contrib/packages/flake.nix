# SPDX-License-Identifier: GPL-2.0-or-later
{
  description = "Show a workspace to an agent without its secrets";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = f: nixpkgs.lib.genAttrs systems
        (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: {
        default = pkgs.stdenv.mkDerivation {
          pname = "scrim";
          version = "0.1.0";
          src = ../..;
          nativeBuildInputs = with pkgs; [ autoreconfHook pkg-config makeWrapper ];
          buildInputs = with pkgs; [
            cmocka fuse3 inih jansson libarchive libgit2 libseccomp ncurses
            nettle pcre2 zlib
          ];
          enableParallelBuilding = true;
          postInstall = ''
            wrapProgram $out/bin/scrim --suffix PATH : ${
              pkgs.lib.makeBinPath [ pkgs.bubblewrap pkgs.fuse3 ]
            }
          '';
        };
      });
    };
}
